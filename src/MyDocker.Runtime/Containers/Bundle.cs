using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Reading;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Containers;

/// <summary>A bundle (runtime-spec, bundle.md): a directory with config.json.</summary>
/// <param name="Directory">absolute path.</param>
/// <param name="Text">config.json as it is, UTF-8.</param>
public sealed record Bundle(string Directory, byte[] Text, RuntimeSpec Spec)
{
    private const int Largest = 16 << 20;

    /// <summary>The root file system, absolute.</summary>
    public string Rootfs => Path.GetFullPath(Spec.Root?.Path ?? "", Directory);

    /// <summary>Reads a bundle, or another file than its config.json.</summary>
    /// <exception cref="SpecException">a field that is not what it must be; names its JSON path.</exception>
    public static Bundle Load(string directory, string config = "config.json")
    {
        var full = Path.GetFullPath(directory);
        return Read(Path.GetFullPath(config, full), full);
    }

    /// <summary>Reads a configuration that belongs to a bundle.</summary>
    public static Bundle Read(string file, string directory)
    {
        var text = ReadFile(file);
        return new Bundle(directory, text, RuntimeReader.TrySpec(text) ?? Explain(text, file, RuntimeJson.Default.RuntimeSpec));
    }

    /// <summary>The file of <c>exec --process</c>.</summary>
    public static ProcessSpec ReadProcess(string file)
    {
        var text = ReadFile(file);
        return RuntimeReader.TryProcess(text) ?? Explain(text, file, RuntimeJson.Default.ProcessSpec);
    }

    /// <summary>What the reader did not take: the serializer says what is wrong and where, a start later than it takes to be right.</summary>
    private static T Explain<T>(byte[] text, string file, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw new ContainerException($"{file} is empty");
        }
        catch (JsonException e)
        {
            throw new SpecException(e.Path is { Length: > 2 } path ? path[2..] : file, $"{Reason(e)} (line {e.LineNumber + 1} of {file})");
        }
    }

    /// <summary>The first sentence of the parser's message; the rest repeats path and line.</summary>
    private static string Reason(JsonException e)
    {
        var end = e.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        return (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.');
    }

    /// <exception cref="ContainerException">there is no such file, or it is larger than any configuration.</exception>
    internal static byte[] ReadFile(string file)
    {
        var errno = Files.TryOpen(file, OpenFlags.O_RDONLY, out var fd);
        if (errno == Errno.ENOENT)
        {
            throw new ContainerException($"JSON specification file {file} not found: give the bundle's directory with --bundle, or make one with spec");
        }

        if (errno != Errno.None)
        {
            throw new KernelException("open", file, errno);
        }

        using (fd)
        {
            return ReadAll(fd!, file);
        }
    }

    internal static byte[] ReadAll(Fd fd, string file)
    {
        var buffer = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            var count = Files.Read(fd, buffer.AsSpan(length));
            if (count < 0)
            {
                throw new KernelException("read", file, (Errno)(-count));
            }

            length += count;
            if (count == 0)
            {
                return buffer.AsSpan(0, length).ToArray();
            }

            if (length > Largest)
            {
                throw new ContainerException($"{file} is larger than {Largest} bytes: no configuration is");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, length * 2);
            }
        }
    }
}
