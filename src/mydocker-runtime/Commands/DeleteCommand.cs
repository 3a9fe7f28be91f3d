using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class DeleteCommand
{
    private static readonly Flag s_force = new("force", null, "Also one that runs, by SIGKILL; a missing one is no error") { Letter = 'f' };

    public static Command Command => new()
    {
        Name = "delete",
        Usage = "[OPTIONS] CONTAINER-ID",
        Summary = "Remove a stopped container",
        Flags = [s_force],
        Run = invocation =>
        {
            ContainerDeletion.Delete(invocation.Root, invocation.Id, invocation.Arguments.Has(s_force));
            return 0;
        },
    };
}
