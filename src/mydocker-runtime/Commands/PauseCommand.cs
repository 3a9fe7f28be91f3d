using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class PauseCommand
{
    public static Command Command => new()
    {
        Name = "pause",
        Usage = "CONTAINER",
        Summary = "Freeze all processes of a container",
        Run = invocation =>
        {
            ContainerPause.Pause(invocation.Root, invocation.Id);
            return 0;
        },
    };
}
