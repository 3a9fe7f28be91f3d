using MyDocker.Runtime.Checkpoint;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class CheckpointCommand
{
    public static Command Command => new()
    {
        Name = "checkpoint",
        Usage = "CONTAINER",
        Summary = "Write a running container into image files, by criu(8), and end it",
        Details = """
            "restore" makes it run again, here or elsewhere. Needs criu 3.15 or later in $PATH ("criu check" tells whether
            it works on this kernel), and root.

              mydocker-runtime checkpoint --image-path /var/tmp/web web
              mydocker-runtime restore --image-path /var/tmp/web --bundle BUNDLE --detach web
            """,
        Flags = CriuFlags.OfCheckpoint,
        Run = invocation =>
        {
            ContainerCheckpoint.Checkpoint(invocation.Root, invocation.Id, CriuFlags.Options(invocation.Arguments));
            return 0;
        },
    };
}
