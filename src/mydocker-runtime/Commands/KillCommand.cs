using MyDocker.Kernel.Processes;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class KillCommand
{
    private static readonly Flag s_all = new("all", null, "To all processes of the container, not to its first alone") { Letter = 'a' };

    public static Command Command => new()
    {
        Name = "kill",
        Usage = "CONTAINER [SIGNAL]",
        Summary = "Send a signal to a container; SIGTERM if none is given",
        Flags = [s_all],
        MostWords = 2,
        Run = invocation =>
        {
            var name = invocation.Arguments.Words.Count > 1 ? invocation.Arguments.Words[1] : "SIGTERM";
            var signal = 0;
            if (name != "0" && !Signals.TryParse(name, out signal))
            {
                throw new UsageException($"unknown signal \"{name}\": give a name such as TERM, or a number from 1 to 64; 0 only asks whether it runs");
            }

            ContainerSignal.Kill(invocation.Root, invocation.Id, signal, invocation.Arguments.Has(s_all));
            return 0;
        },
    };
}
