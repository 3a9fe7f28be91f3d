using System.Text;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Launch;

/// <summary>
/// Standard input, output and error of one hook. What it says is kept in memory for the error message, or goes to the files
/// that crun's annotations name.
/// </summary>
internal sealed unsafe class HookStreams : IDisposable
{
    private const string OutputAnnotation = "run.oci.hooks.stdout";
    private const string ErrorAnnotation = "run.oci.hooks.stderr";
    private const int MostOutput = 4096;

    private readonly Fd _memory;

    private HookStreams(Fd input, Fd memory, Fd? output, Fd? error)
    {
        _memory = memory;
        Input = input;
        Output = output ?? memory;
        Error = error ?? memory;
    }

    public Fd Input { get; }

    public Fd Output { get; }

    public Fd Error { get; }

    public static HookStreams Open(byte[] input, IReadOnlyDictionary<string, string>? annotations)
        => new(Memory("state", input), Memory("output", []), File(annotations, OutputAnnotation), File(annotations, ErrorAnnotation));

    /// <summary>"; it said: …", or nothing.</summary>
    public string Said()
    {
        Syscall.Invoke(Nr.lseek, _memory.Number, 0, 0);
        Span<byte> buffer = stackalloc byte[MostOutput];
        var count = Files.Read(_memory, buffer);
        return count <= 0 ? "" : $"; it said: {Encoding.UTF8.GetString(buffer[..count]).Trim()}";
    }

    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        Error.Dispose();
        _memory.Dispose();
    }

    private static Fd? File(IReadOnlyDictionary<string, string>? annotations, string name)
        => annotations is not null && annotations.TryGetValue(name, out var path) ? Files.Open(path, O_WRONLY | O_CREAT | O_APPEND, 0x180) : null;

    private static Fd Memory(string name, byte[] content)
    {
        const int MFD_CLOEXEC = 1;
        using var text = new Utf8Z(name, stackalloc byte[Utf8Z.Inline]);
        var fd = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.memfd_create, text.Address, MFD_CLOEXEC), "create", "memory file"));
        Files.TryWrite(fd, content);
        Syscall.Invoke(Nr.lseek, fd.Number, 0, 0);
        return fd;
    }
}
