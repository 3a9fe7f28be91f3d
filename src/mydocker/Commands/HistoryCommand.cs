using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

internal static class HistoryCommand
{
    private const int MostText = 45;

    private static readonly OptionSpec s_human = new("human", 'H', null, "", "Sizes and times for people; --human=false for programs") { Default = "true" };

    public static Verb Verb => new()
    {
        Name = "history",
        Aliases = ["image history"],
        Area = "Images",
        Usage = "[OPTIONS] IMAGE",
        Summary = "Show what an image was made by, the last step first",
        Options = [s_human, SharedOptions.NoTrunc, SharedOptions.Quiet],
        LeastArguments = 1,
        MostArguments = 1,
        Run = invocation =>
        {
            var line = invocation.Line;
            var image = new ImageStore(invocation.Global.Roots.Data).Inspect(line.Arguments[0]);
            Out.Write(Text(image, line.Has(SharedOptions.NoTrunc), line.Value(s_human) != "false", line.Has(SharedOptions.Quiet)));
            return 0;
        },
    };

    internal static string Text(ImageDetails image, bool whole, bool human, bool quiet)
    {
        var table = new Table("IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT");
        var ids = new List<string>();
        foreach (var (step, size, isTop) in Steps(image))
        {
            var id = isTop ? Human.Id(image.Id, whole) : "<missing>";
            var by = (step.CreatedBy ?? "").ReplaceLineEndings(" ");
            var created = DateTimeOffset.TryParse(step.Created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? human ? Human.Ago(time) : step.Created! : "N/A";
            ids.Add(id);
            table.Add(id, created, by.Length > MostText && !whole ? by[..(MostText - 1)] + "…" : by, human ? Human.Size(size) : size.ToString(CultureInfo.InvariantCulture), step.Comment ?? "");
        }

        return quiet ? string.Concat(ids.Select(id => id + "\n")) : table.ToString();
    }

    // An image may tell less of its history than it has layers, or nothing.
    private static IEnumerable<(Oci.Image.History Step, long Size, bool IsTop)> Steps(ImageDetails image)
    {
        var steps = new List<(Oci.Image.History, long)>();
        var layer = 0;
        foreach (var step in image.Config.History ?? [])
        {
            steps.Add((step, step.EmptyLayer || layer >= image.LayerSizes.Count ? 0 : image.LayerSizes[layer++]));
        }

        for (; layer < image.LayerSizes.Count; layer++)
        {
            steps.Add((new Oci.Image.History(), image.LayerSizes[layer]));
        }

        steps.Reverse();
        return steps.Select((step, index) => (step.Item1, step.Item2, index == 0));
    }
}
