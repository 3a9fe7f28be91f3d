using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>The program beside ours that knows all commands and may load libraries: TLS, digests, libseccomp (docs/adr/0010).</summary>
public static class ImagesProgram
{
    public const string Name = "mydocker-images";

    /// <summary>Its command that makes a container's system call filter, for those who have no libseccomp: `compile-filter`.</summary>
    public const string CompileFilter = "compile-filter";

    private static string Path
    {
        get
        {
            var path = $"{System.IO.Path.GetDirectoryName(Environment.ProcessPath)}/{Name}";
            return Files.Exists(path) ? path : throw new EngineException($"{path} is missing; mydocker and {Name} are installed side by side (make install)");
        }
    }

    /// <summary>Runs it with a command line of ours. Returns its exit code, as a shell would tell it.</summary>
    /// <param name="arguments">without the program's name.</param>
    /// <param name="descriptors">what it has beside our standard streams, or in place of one of them.</param>
    public static int Run(IReadOnlyList<string> arguments, IReadOnlyList<FdMapping> descriptors)
    {
        var pid = Spawn.Start(new SpawnRequest(Path, [Name, .. arguments]) { Descriptors = descriptors });
        using var child = PidFd.Open(pid);
        return child.Wait().ShellCode;
    }

    /// <summary>Executes it in place of this process. Does not return.</summary>
    /// <param name="arguments">without the program's name.</param>
    public static int Become(IReadOnlyList<string> arguments)
        => throw new KernelException("execute", Path, Spawn.Become(Path, [Name, .. arguments]));
}
