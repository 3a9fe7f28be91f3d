using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class ResumeCommand
{
    public static Command Command => new()
    {
        Name = "resume",
        Usage = "CONTAINER",
        Summary = "Let the processes of a paused container go on",
        Run = invocation =>
        {
            ContainerPause.Resume(invocation.Root, invocation.Id);
            return 0;
        },
    };
}
