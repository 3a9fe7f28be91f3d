using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>--init: a process 1 that passes on signals and reaps orphans, for commands that do neither.</summary>
internal static class InitProgram
{
    /// <summary>On the container's own tmpfs, so that nothing of it stays in the writable layer.</summary>
    public const string InContainer = "/dev/init";

    public static MountSpec Mount(string program) => new()
    {
        Type = "bind",
        Source = program,
        Destination = InContainer,
        Options = ["bind", "ro", "nosuid", "nodev"],
    };

    /// <summary>Beside the command line's own executable.</summary>
    public static string OnHost()
    {
        var path = $"{Path.GetDirectoryName(Environment.ProcessPath)}/mydocker-init";
        return Files.Exists(path) ? path : throw new EngineException($"--init needs {path}, which is missing; it is installed beside mydocker (make install)");
    }
}
