using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>The program beside ours that knows all commands and may load libraries: TLS, digests, libseccomp (docs/adr/0010).</summary>
public static class ImagesProgram
{
    public const string Name = "mydocker-images";

    /// <summary>Its commands for the other program; they answer in the file that is <see cref="AnswerDescriptor"/>.</summary>
    public const string CompileFilter = "compile-filter";
    public const string UnpackTarball = "unpack-tarball";
    public const string ReadRecord = "read-record";

    private const int AnswerDescriptor = 3;

    /// <summary>The program that asks.</summary>
    private const string Asking = "mydocker";

    public static bool IsThere => Files.Exists(Beside(Name));

    /// <summary>Runs it with a command line of ours. Returns its exit code, as a shell would tell it.</summary>
    /// <param name="arguments">without the program's name.</param>
    /// <param name="descriptors">what it has beside our standard streams, or in place of one of them.</param>
    public static int Run(IReadOnlyList<string> arguments, IReadOnlyList<FdMapping> descriptors)
    {
        var pid = Spawn.Start(new SpawnRequest(PathOf(Name), [Name, .. arguments]) { Descriptors = descriptors });
        using var child = PidFd.Open(pid);
        return child.Wait().ShellCode;
    }

    /// <summary>Runs it for an answer. What it has to say against that, it says itself.</summary>
    /// <exception cref="ToldException">it failed.</exception>
    public static byte[] Ask(IReadOnlyList<string> arguments)
    {
        using var file = MemoryFile.Create("answer");
        var code = Run(arguments, [new FdMapping(file.Number, AnswerDescriptor), new FdMapping(2, 1)]);
        return code == 0 ? MemoryFile.Content(file) : throw new ToldException(code);
    }

    /// <summary>The other side of <see cref="Ask"/>.</summary>
    public static void Answer(ReadOnlySpan<byte> bytes)
    {
        var errno = Files.TryWrite(Fd.Borrowed(AnswerDescriptor), bytes);
        if (errno != Errno.None)
        {
            throw new KernelException("write", "answer", errno);
        }
    }

    /// <summary>Unpacks a tarball that is to be run. Returns the digest of its manifest, 64 digits.</summary>
    internal static string ImportTarball(EngineRoots roots, string path) => Encoding.ASCII.GetString(Ask(["--root", roots.Data, UnpackTarball, path]));

    /// <summary>Executes it with this process's command line, in its place. Does not return.</summary>
    public static int Become() => Become(Name);

    /// <summary>The way back, for commands that it only knows of: mydocker in its place. Does not return.</summary>
    public static int Return() => Become(Asking);

    private static int Become(string program)
    {
        var path = PathOf(program);
        throw new KernelException("execute", path, Spawn.Become(path, [program, .. Environment.GetCommandLineArgs()[1..]]));
    }

    private static string Beside(string program) => $"{Path.GetDirectoryName(Environment.ProcessPath)}/{program}";

    private static string PathOf(string program)
        => Beside(program) is var path && Files.Exists(path) ? path : throw new EngineException($"{path} is missing; mydocker and {Name} are installed side by side (make install)");
}
