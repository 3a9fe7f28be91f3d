using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class StateCommand
{
    public static Command Command => new()
    {
        Name = "state",
        Usage = "CONTAINER",
        Summary = "Print the state of a container as JSON",
        Run = invocation =>
        {
            using var directory = invocation.Root.Open(invocation.Id);
            Output.Json(ContainerView.Of(ContainerStatus.Read(directory)), ViewJson.Default.ContainerView);
            return 0;
        },
    };
}
