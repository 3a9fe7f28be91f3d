using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Images.Registry;
using MyDocker.Oci.Distribution;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands.Registry;

internal static class SearchCommand
{
    private static readonly OptionSpec s_limit = new("limit", '\0', "NUMBER", "", "At most so many, up to 100") { Default = "25" };
    private static readonly OptionSpec s_filter = new("filter", 'f', "FILTER", "", "Only some: is-official=true, stars=NUMBER") { Repeats = true };

    public static Verb Verb => new()
    {
        Name = "search",
        Area = "Images",
        Usage = "[OPTIONS] [HOST[:PORT]/]WORD",
        Summary = "Look for images in a registry",
        Details = """
            Without HOST: Docker Hub. Of a registry without a search, all names of repositories are
            looked through, where it tells them.
            Fields for --format: .Name .Description .StarCount .IsOfficial .IsAutomated.
            """,
        Options = [s_filter, SharedOptions.Format, s_limit, SharedOptions.NoTrunc],
        NeedsRoot = false,
        LeastArguments = 1,
        MostArguments = 1,
        Run = Run,
    };

    private const int MostText = 45;

    private static readonly Dictionary<string, string> s_titles = new()
    {
        ["Name"] = "NAME",
        ["Description"] = "DESCRIPTION",
        ["StarCount"] = "STARS",
        ["IsOfficial"] = "OFFICIAL",
        ["IsAutomated"] = "AUTOMATED",
    };

    private static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var limit = line.Value(s_limit, (option, text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 100 ? number : throw new OptionException(option, text, "use 1 to 100")) ?? 25;
        var (officialOnly, stars) = (false, 0);
        foreach (var filter in line.Values(s_filter))
        {
            switch (filter.Split('=', 2))
            {
                case ["is-official", "true"]: officialOnly = true; break;
                case ["is-official", "false"]: break;
                case ["stars", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out stars): break;
                default: throw new OptionException(s_filter.Display, filter, "use is-official=true or stars=NUMBER");
            }
        }

        var rows = new RegistryImages(invocation.Global.Roots.Data).Search(line.Arguments[0], limit)
            .Where(result => result.StarCount >= stars && (result.IsOfficial || !officialOnly))
            .Select(result => Row(result, line.Has(SharedOptions.NoTrunc)));
        var format = line.Value(SharedOptions.Format) is { } text && text != "table" ? text : "table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}";
        Out.Write(FormattedList.Of(format, rows, s_titles));
        return 0;
    }

    // docker's texts: "[OK]" for yes.
    private static Document Row(SearchResult result, bool whole)
    {
        var text = (result.Description ?? "").ReplaceLineEndings(" ");
        return new Document
        {
            ["Description"] = text.Length > MostText && !whole ? text[..(MostText - 1)] + "…" : text,
            ["IsAutomated"] = "",
            ["IsOfficial"] = result.IsOfficial ? "[OK]" : "",
            ["Name"] = result.Name ?? "",
            ["StarCount"] = result.StarCount.ToString(CultureInfo.InvariantCulture),
        };
    }
}
