using System.Text.Json;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Reading;

namespace MyDocker.Engine.Spec;

/// <summary>--security-opt seccomp=FILE: a profile of the runtime-spec's form.</summary>
internal static class SeccompProfileFile
{
    private const string Option = "--security-opt seccomp";

    /// <summary>Null: it is not what it must be, and <see cref="Read"/> says why.</summary>
    public static LinuxSeccomp? TryRead(string path) => RuntimeReader.TrySeccomp(Bytes(path));

    /// <exception cref="OptionException">what is wrong with it, and where.</exception>
    public static LinuxSeccomp Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(Bytes(path), SeccompJson.Default.LinuxSeccomp) ?? throw new JsonException("it says null");
        }
        catch (JsonException e)
        {
            throw new OptionException(Option, path, $"not a seccomp profile: {e.Message}");
        }
    }

    private static byte[] Bytes(string path)
        => Files.TryReadBytes(path, out var errno) ?? throw new OptionException(Option, path, $"{errno.Describe()}; give a profile file, or unconfined");
}
