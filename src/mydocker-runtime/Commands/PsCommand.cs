using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class PsCommand
{
    private static readonly Flag s_format = new("format", "FORMAT", "table or json") { Letter = 'f', Default = "table" };

    public static Command Command => new()
    {
        Name = "ps",
        Usage = "CONTAINER [PS-OPTION...]",
        Summary = "Show the processes of a container",
        Details = "The table is that of the host's ps, with the options given, or -ef; json is a list of process numbers.",
        Flags = [s_format],
        MostWords = int.MaxValue,
        StopsAtFirstWord = true,
        Run = invocation =>
        {
            var format = Formats.Of(invocation.Arguments, s_format);
            var pids = ContainerProcesses.Of(invocation.Root, invocation.Id);
            if (format == Formats.Json)
            {
                Output.JsonLine(pids.Count > 0 ? pids : null, ViewJson.Default.ListInt32!);
                return 0;
            }

            foreach (var line in ContainerProcesses.Table(pids, invocation.Arguments.Words[1..]))
            {
                Output.Line(line);
            }

            return 0;
        },
    };
}
