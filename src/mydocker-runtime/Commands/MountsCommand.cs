using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class MountsCommand
{
    public static Command Command => new()
    {
        Name = "mounts",
        Usage = "[add|remove] CONTAINER FILE",
        Summary = "Add mounts to a running container, or remove them",
        Details = "FILE is a JSON list of mounts as in config.json; to remove them their destinations are enough.",
        LeastWords = 3,
        MostWords = 3,
        Run = invocation =>
        {
            var words = invocation.Arguments.Words;
            switch (words[0])
            {
                case "add": ContainerMounts.Add(invocation.Root, words[1], words[2]); break;
                case "remove": ContainerMounts.Remove(invocation.Root, words[1], words[2]); break;
                default: throw new UsageException($"\"{words[0]}\" is neither add nor remove");
            }

            return 0;
        },
    };
}
