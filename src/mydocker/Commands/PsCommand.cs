using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Containers;

namespace MyDocker.Cli.Commands;

internal static class PsCommand
{
    private const int CommandWidth = 20;

    private static readonly OptionSpec s_all = new("all", 'a', null, "", "Containers that have ended, too");

    public static Verb Verb => new()
    {
        Name = "ps",
        Aliases = ["container ls", "container ps"],
        Area = "Containers",
        Usage = "[OPTIONS]",
        Summary = "List containers",
        Options = [s_all, SharedOptions.NoTrunc, SharedOptions.Quiet],
        MostArguments = 0,
        Examples = [("mydocker ps -a", "all containers, also those that have ended")],
        Run = invocation =>
        {
            var line = invocation.Line;
            var containers = ContainerCommands.List(invocation.Global.Roots, line.Has(s_all));
            Out.Write(line.Has(SharedOptions.Quiet) ? Ids(containers, line.Has(SharedOptions.NoTrunc)) : Lines(containers, line.Has(SharedOptions.NoTrunc), Out.IsTerminal));
            return 0;
        },
    };

    private static string Ids(IReadOnlyList<ContainerSummary> containers, bool whole)
        => string.Concat(containers.Select(c => Human.Id(c.Id, whole) + "\n"));

    /// <param name="shorten">on a terminal long commands are cut as docker cuts them; programs that read us get them whole.</param>
    internal static string Lines(IReadOnlyList<ContainerSummary> containers, bool whole, bool shorten)
    {
        var table = new Table("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES");
        foreach (var c in containers)
        {
            var command = c.Command.Length > CommandWidth && shorten && !whole ? c.Command[..(CommandWidth - 1)] + "…" : c.Command;
            table.Add(Human.Id(c.Id, whole), c.Image, $"\"{command}\"", Human.Ago(c.Created), c.Status, c.Ports, c.Name);
        }

        return table.ToString();
    }
}
