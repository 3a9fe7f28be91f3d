using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class CreateCommand
{
    public static Command Command => new()
    {
        Name = "create",
        Usage = "CONTAINER",
        Summary = "Create a container of a bundle; its command waits for start",
        Flags = BundleFlags.All,
        Run = invocation =>
        {
            ContainerCreation.Create(invocation.Root, BundleFlags.Options(invocation));
            return 0;
        },
    };
}
