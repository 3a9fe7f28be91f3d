using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>The program beside ours that talks to registries.</summary>
public static class RegistryProgram
{
    public const string Name = "mydocker-registry";

    /// <summary>Runs it with a command line of ours. Returns its exit code, as a shell would tell it.</summary>
    /// <param name="arguments">without the program's name.</param>
    /// <param name="outputToError">what it prints goes to standard error.</param>
    public static int Run(IReadOnlyList<string> arguments, bool outputToError = false)
    {
        var path = $"{Path.GetDirectoryName(Environment.ProcessPath)}/{Name}";
        if (!Files.Exists(path))
        {
            throw new EngineException($"{path} is missing; mydocker and {Name} are installed side by side (make install)");
        }

        var pid = Spawn.Start(new SpawnRequest(path, [Name, .. arguments]) { Descriptors = outputToError ? [new FdMapping(2, 1)] : [] });
        using var child = PidFd.Open(pid);
        return child.Wait().ShellCode;
    }
}
