using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Images.Registry;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class SearchCommand
{
    private const int MostText = 45;

    private static partial int Run(Invocation invocation)
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

        var table = new Table("NAME", "DESCRIPTION", "STARS", "OFFICIAL");
        foreach (var result in new RegistryImages(invocation.Global.Roots.Data).Search(line.Arguments[0], limit).Where(r => r.StarCount >= stars && (r.IsOfficial || !officialOnly)))
        {
            var text = (result.Description ?? "").ReplaceLineEndings(" ");
            table.Add(result.Name ?? "", text.Length > MostText && !line.Has(SharedOptions.NoTrunc) ? text[..(MostText - 1)] + "…" : text, result.StarCount.ToString(CultureInfo.InvariantCulture), result.IsOfficial ? "[OK]" : "");
        }

        Out.Write(table.ToString());
        return 0;
    }
}
