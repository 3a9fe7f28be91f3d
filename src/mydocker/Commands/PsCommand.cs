using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Inspect;

namespace MyDocker.Cli.Commands;

internal static class PsCommand
{
    private const int CommandWidth = 20;

    private static readonly OptionSpec s_all = new("all", 'a', null, "", "Containers that have ended, too");
    private static readonly OptionSpec s_last = new("last", 'n', "NUMBER", "", "The newest so many, running or not");
    private static readonly OptionSpec s_latest = new("latest", 'l', null, "", "The newest one, running or not");
    private static readonly OptionSpec s_size = new("size", 's', null, "", "How much each has written, too");

    public static Verb Verb => new()
    {
        Name = "ps",
        Aliases = ["container ls", "container ps"],
        Area = "Containers",
        Usage = "[OPTIONS]",
        Summary = "List containers",
        Details = """
            Filters: id, name (a part, or ^NAME$), label (KEY or KEY=VALUE), status (created, running, paused,
            restarting, exited, dead), exited (a code), ancestor (an image), before and since (a container),
            volume, network, expose, publish, health (starting, healthy, unhealthy, none). Several of one kind are
            alternatives.
            Fields for --format: .ID .Names .Image .Command .CreatedAt .RunningFor .State .Status .Size .Ports
            .Labels .Mounts .LocalVolumes .Networks.
            """,
        Options = [s_all, SharedOptions.Filter, SharedOptions.Format, s_last, s_latest, SharedOptions.NoTrunc, SharedOptions.Quiet, s_size],
        MostArguments = 0,
        Examples =
        [
            ("mydocker ps -a", "all containers, also those that have ended"),
            ("mydocker ps -a -f status=exited -f exited=137", "those that were killed"),
            ("mydocker ps --format 'table {{.Names}}\\t{{.Status}}'", "two columns"),
        ],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        var whole = line.Has(SharedOptions.NoTrunc);
        var containers = ContainerPs.List(roots, new PsQuery
        {
            All = line.Has(s_all),
            Last = line.Has(s_latest) ? 1 : line.Value(s_last, SharedOptions.ParseCount),
            Filters = line.All(SharedOptions.Filter, ContainerPs.ParseFilter),
        });
        var format = line.Value(SharedOptions.Format);
        if (line.Has(SharedOptions.Quiet) && format is null)
        {
            Out.Write(Ids(containers, whole));
        }
        else if (format is null or "table")
        {
            Out.Write(Lines(containers, whole, Out.IsTerminal, line.Has(s_size) ? c => Size(roots, c) : null));
        }
        else
        {
            var sized = line.Has(s_size) || format.Contains(".Size", StringComparison.Ordinal);
            Out.Write(FormattedList.Of(format, containers.Select(c => PsDocument.Of(c, whole, Human.Ago(c.Created), sized ? Size(roots, c) : null)), PsDocument.Titles));
        }

        return 0;
    }

    private static string Ids(IReadOnlyList<ContainerSummary> containers, bool whole)
        => string.Concat(containers.Select(c => Human.Id(c.Id, whole) + "\n"));

    private static string Size(EngineRoots roots, ContainerSummary container)
    {
        var (written, all) = PsDocument.SizeOf(roots, container.Id);
        return $"{Human.Size(written)} (virtual {Human.Size(all)})";
    }

    /// <param name="shorten">on a terminal long commands are cut as docker cuts them; programs that read us get them whole.</param>
    internal static string Lines(IReadOnlyList<ContainerSummary> containers, bool whole, bool shorten, Func<ContainerSummary, string>? size = null)
    {
        string[] titles = ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"];
        var table = new Table(size is null ? titles : [.. titles, "SIZE"]);
        foreach (var c in containers)
        {
            var command = c.Command.Length > CommandWidth && shorten && !whole ? c.Command[..(CommandWidth - 1)] + "…" : c.Command;
            string[] cells = [Human.Id(c.Id, whole), c.Image, $"\"{command}\"", Human.Ago(c.Created), c.Status, c.Ports, c.Name];
            table.Add(size is null ? cells : [.. cells, size(c)]);
        }

        return table.ToString();
    }
}
