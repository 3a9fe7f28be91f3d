using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class RunCommand
{
    private static readonly Flag s_detach = new("detach", null, "Leave once the command runs") { Letter = 'd' };
    private static readonly Flag s_keep = new("keep", null, "Do not delete the container when it ends");
    private static readonly Flag s_noSubreaper = new("no-subreaper", null, "Do not adopt orphaned processes of the container");

    public static Command Command => new()
    {
        Name = "run",
        Usage = "CONTAINER",
        Summary = "Create a container of a bundle, start it, and wait for its end",
        Details = "The exit code is the command's; 128 + the signal that ended it.",
        Flags = [.. BundleFlags.All, s_detach, s_keep, s_noSubreaper],
        Run = invocation => ContainerRun.Run(invocation.Root, BundleFlags.Options(invocation), new RunOptions
        {
            Detach = invocation.Arguments.Has(s_detach),
            Keep = invocation.Arguments.Has(s_keep),
            NoSubreaper = invocation.Arguments.Has(s_noSubreaper),
        }),
    };
}
