using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class DiffCommand
{
    public static Verb Verb => new()
    {
        Name = "diff",
        Aliases = ["container diff"],
        Area = "Containers",
        Usage = "CONTAINER",
        Summary = "Show which files a container has added (A), changed (C) and deleted (D)",
        Details = "What is mounted in it is not part of it: volumes, directories of the host, /etc/hosts and its like.",
        LeastArguments = 1,
        MostArguments = 1,
        Run = invocation =>
        {
            Out.Write(string.Concat(ContainerDiff.Run(invocation.Global.Roots, invocation.Line.Arguments[0]).Select(change => $"{change.Kind} {Out.Printable(change.Path)}\n")));
            return 0;
        },
    };
}
