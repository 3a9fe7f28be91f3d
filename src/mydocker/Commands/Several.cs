using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Images;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Commands;

/// <summary>Verbs that take several names: what fails for one is told, and the others are done.</summary>
internal static class Several
{
    /// <returns>0, or the exit code of the last failure.</returns>
    public static int Each(IReadOnlyList<string> names, Action<string> work)
    {
        var exitCode = 0;
        foreach (var name in names)
        {
            try
            {
                work(name);
            }
            catch (Exception e) when (names.Count > 1 && (e is EngineException or ImageException or KernelException))
            {
                Out.Error(e.Message);
                exitCode = e is EngineException engine ? engine.ExitCode : EngineException.EngineError;
            }
        }

        return exitCode;
    }
}
