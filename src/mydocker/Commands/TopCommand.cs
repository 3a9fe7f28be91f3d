using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class TopCommand
{
    public static Verb Verb => new()
    {
        Name = "top",
        Aliases = ["container top"],
        Area = "Containers",
        Usage = "CONTAINER [PS-OPTION...]",
        Summary = "Show the processes of a container",
        Details = """
            Process and user ids are those of the host. Options go to the host's ps; without any it is not needed.
            """,
        LeastArguments = 1,
        OptionsEndAtFirstArgument = true,
        Examples = [("mydocker top web1", "what ps -ef shows"), ("mydocker top web1 -o pid,rss,args", "these columns")],
    };

    public static int Run(Invocation invocation)
    {
        var arguments = invocation.Line.Arguments;
        var rows = ContainerTop.Run(invocation.Global.Roots, arguments[0], [.. arguments.Skip(1)]);
        var table = new Table(rows[0]);
        foreach (var row in rows.Skip(1))
        {
            table.Add(row);
        }

        Out.Write(table.ToString());
        return 0;
    }
}
