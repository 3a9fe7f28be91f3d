using MyDocker.Runtime.Checkpoint;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class RestoreCommand
{
    private static readonly Flag s_detach = new("detach", null, "Leave once the container runs") { Letter = 'd' };
    private static readonly Flag s_keep = new("keep", null, "Do not delete the container when it ends");
    private static readonly Flag s_noSubreaper = new("no-subreaper", null, "Do not adopt orphaned processes of the container");

    public static Command Command => new()
    {
        Name = "restore",
        Usage = "CONTAINER",
        Summary = "Make a container of a bundle and of the image files of a checkpoint, by criu(8)",
        Details = "The exit code is the command's; 128 + the signal that ended it.",
        Flags = [.. BundleFlags.OfRestore, .. CriuFlags.OfRestore, s_detach, s_keep, s_noSubreaper],
        Run = invocation => ContainerRestore.Restore(invocation.Root, BundleFlags.Options(invocation), CriuFlags.Options(invocation.Arguments), new RunOptions
        {
            Detach = invocation.Arguments.Has(s_detach),
            Keep = invocation.Arguments.Has(s_keep),
            NoSubreaper = invocation.Arguments.Has(s_noSubreaper),
        }),
    };
}
