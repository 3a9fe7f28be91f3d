using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

/// <summary>--filter of the prune commands: until=TIME, label=…, label!=…</summary>
internal sealed record PruneFilter(DateTimeOffset? Until, List<string> Labels, List<string> NotLabels)
{
    public static readonly OptionSpec Option = new("filter", '\0', "FILTER", "", "Only some: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]") { Repeats = true };
    public static readonly OptionSpec Force = new("force", 'f', null, "", "Do not ask");

    public static PruneFilter Read(CommandLine line)
    {
        var filter = new PruneFilter(null, [], []);
        foreach (var text in line.Values(Option))
        {
            if (text.StartsWith("until=", StringComparison.Ordinal))
            {
                filter = filter with { Until = TimeOption.Parse(Option.Display, text["until=".Length..]) };
            }
            else if (text.StartsWith("label!=", StringComparison.Ordinal))
            {
                filter.NotLabels.Add(text["label!=".Length..]);
            }
            else if (text.StartsWith("label=", StringComparison.Ordinal))
            {
                filter.Labels.Add(text["label=".Length..]);
            }
            else
            {
                throw new OptionException(Option.Display, text, "use until=TIME, label=KEY[=VALUE] or label!=KEY[=VALUE]");
            }
        }

        return filter;
    }
}
