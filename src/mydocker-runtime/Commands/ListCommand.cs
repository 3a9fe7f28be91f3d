using System.Globalization;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class ListCommand
{
    private static readonly Flag s_format = new("format", "FORMAT", "table or json") { Letter = 'f', Default = "table" };
    private static readonly Flag s_quiet = new("quiet", null, "Ids alone") { Letter = 'q' };

    public static Command Command => new()
    {
        Name = "list",
        Usage = "[OPTIONS]",
        Summary = "List the containers of this root",
        Flags = [s_format, s_quiet],
        LeastWords = 0,
        MostWords = 0,
        Run = invocation =>
        {
            var format = invocation.Arguments.Value(s_format) ?? "table";
            if (format is not ("table" or "json"))
            {
                throw new UsageException($"invalid format \"{format}\": use table or json");
            }

            List(invocation.Root, format, invocation.Arguments.Has(s_quiet));
            return 0;
        },
    };

    private static void List(ContainerRoot root, string format, bool quiet)
    {
        if (quiet)
        {
            root.Ids().ForEach(Output.Line);
            return;
        }

        var states = root.Ids().Select(id => ContainerStatus.TryRead(root, id)).OfType<RuntimeState>().ToList();
        if (format == "json")
        {
            Output.Json(states, RuntimeJson.Default.ListRuntimeState);
            return;
        }

        List<string[]> rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]];
        rows.AddRange(states.Select(state => (string[])[state.Id, state.Pid.ToString(CultureInfo.InvariantCulture), state.Status, state.Bundle, state.Created ?? "", state.Owner ?? ""]));
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            Output.Line(string.Join("   ", row.Select((cell, column) => column == row.Length - 1 ? cell : cell.PadRight(widths[column]))));
        }
    }
}
