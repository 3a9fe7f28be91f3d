using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class StartCommand
{
    public static Command Command => new()
    {
        Name = "start",
        Usage = "CONTAINER",
        Summary = "Execute the command of a created container",
        Run = invocation =>
        {
            ContainerStart.Start(invocation.Root, invocation.Id);
            return 0;
        },
    };
}
