using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Attach;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Logs;
using MyDocker.Engine.Options;
using System.Globalization;

namespace MyDocker.Cli.Commands;

internal static class LogsCommand
{
    private static readonly OptionSpec s_follow = new("follow", 'f', null, "", "Go on with what it writes, until it ends");
    private static readonly OptionSpec s_tail = new("tail", 'n', "NUMBER", "", "Only the last so many lines") { Default = "all" };
    private static readonly OptionSpec s_details = new("details", '\0', null, "", "In front of each line the labels and variables that --log-opt labels and env name");
    private static readonly OptionSpec s_timestamps = new("timestamps", 't', null, "", "The time in front of each line");

    public static Verb Verb => new()
    {
        Name = "logs",
        Aliases = ["container logs"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER",
        Summary = "Show what a container wrote",
        Details = """
            What is kept is bounded: three files of 10 MiB, unless --log-opt said otherwise when it was made.
            --since and --until take how long ago (10m, 1h30m), a date (2026-01-31T10:00:00Z), or Unix time.
            """,
        Options = [s_details, s_follow, s_tail, SharedOptions.Since, SharedOptions.Until, s_timestamps],
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker logs -f --tail 20 web1", "the last 20 lines, and all that come"), ("mydocker logs --since 10m -t web1", "the last ten minutes, with times")],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var times = line.Has(s_timestamps);
        var query = new LogQuery
        {
            Follow = line.Has(s_follow),
            Tail = line.Text(s_tail, (option, text) => text == "all" || long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? text : throw new OptionException(option, text, "must be a number of lines, or all")) is { } tail && long.TryParse(tail, CultureInfo.InvariantCulture, out var count) && count >= 0 ? count : null,
            Since = line.Value(SharedOptions.Since, TimeOption.Parse),
            Until = line.Value(SharedOptions.Until, TimeOption.Parse),
        };
        var roots = invocation.Global.Roots;
        var details = line.Has(s_details) && ContainerLogs.Details(roots, line.Arguments[0]) is { Length: > 0 } found ? found + " " : "";
        using var output = new BufferedOut();
        ContainerLogs.Read(roots, line.Arguments[0], query, record => output.Write(record.Stream == OutputStream.Stderr, times ? $"{record.TimeText} {details}{record.Text}" : details + record.Text), output.Flush);
        return 0;
    }
}
