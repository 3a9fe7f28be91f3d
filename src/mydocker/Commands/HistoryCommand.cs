using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Store;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands;

internal static class HistoryCommand
{
    private const int MostText = 45;

    private static readonly OptionSpec s_human = new("human", 'H', null, "", "Sizes and times for people; --human=false for programs") { Default = "true" };

    private static readonly Dictionary<string, string> s_titles = new()
    {
        ["ID"] = "IMAGE",
        ["CreatedSince"] = "CREATED",
        ["CreatedAt"] = "CREATED AT",
        ["CreatedBy"] = "CREATED BY",
        ["Size"] = "SIZE",
        ["Comment"] = "COMMENT",
    };

    public static Verb Verb => new()
    {
        Name = "history",
        Aliases = ["image history"],
        Area = "Images",
        Usage = "[OPTIONS] IMAGE",
        Summary = "Show what an image was made by, the last step first",
        Details = """
            Fields for --format: .ID .CreatedSince .CreatedAt .CreatedBy .Size .Comment.
            """,
        Options = [SharedOptions.Format, s_human, SharedOptions.NoTrunc, SharedOptions.Platform, SharedOptions.Quiet],
        LeastArguments = 1,
        MostArguments = 1,
        Run = invocation =>
        {
            var line = invocation.Line;
            var image = new ImageStore(invocation.Global.Roots.Data).Inspect(line.Arguments[0]);
            OnePlatform.Check(line, image);
            var (whole, human) = (line.Has(SharedOptions.NoTrunc), line.Value(s_human) != "false");
            var rows = Rows(image, whole, human);
            Out.Write(line.Value(SharedOptions.Format) is { } format && format != "table" ? FormattedList.Of(format, rows, s_titles)
                : line.Has(SharedOptions.Quiet) ? string.Concat(rows.Select(row => (string?)row["ID"] + "\n"))
                : FormattedList.Of($"table {{{{.ID}}}}\t{{{{.{(human ? "CreatedSince" : "CreatedAt")}}}}}\t{{{{.CreatedBy}}}}\t{{{{.Size}}}}\t{{{{.Comment}}}}", rows, s_titles));
            return 0;
        },
    };

    internal static List<Document> Rows(ImageDetails image, bool whole, bool human)
    {
        var rows = new List<Document>();
        foreach (var (step, size, isTop) in Steps(image))
        {
            var by = (step.CreatedBy ?? "").ReplaceLineEndings(" ");
            var isDated = DateTimeOffset.TryParse(step.Created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
            rows.Add(new Document
            {
                ["Comment"] = step.Comment ?? "",
                ["CreatedAt"] = isDated ? step.Created : "N/A",
                ["CreatedBy"] = by.Length > MostText && !whole ? by[..(MostText - 1)] + "…" : by,
                ["CreatedSince"] = isDated ? Human.Ago(time) : "N/A",
                ["ID"] = isTop ? Human.Id(image.Id, whole) : "<missing>",
                ["Size"] = human ? Human.Size(size) : size.ToString(CultureInfo.InvariantCulture),
            });
        }

        return rows;
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
