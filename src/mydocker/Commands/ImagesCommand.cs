using System.Text.Json.Nodes;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

internal static class ImagesCommand
{
    private static readonly OptionSpec s_all = new("all", 'a', null, "", "All images; there are none that are not shown without it");
    private static readonly OptionSpec s_filter = new("filter", 'f', "FILTER", "", "Only some: dangling=true, reference=PATTERN, label=KEY[=VALUE], before=IMAGE, since=IMAGE, until=TIME") { Repeats = true };
    private static readonly OptionSpec s_format = new("format", '\0', "json", "", "Print a line of JSON for each image");
    private static readonly OptionSpec s_digests = new("digests", '\0', null, "", "The digest of each image's manifest, too");

    public static Verb Verb => new()
    {
        Name = "images",
        Aliases = ["image ls"],
        Area = "Images",
        Usage = "[OPTIONS] [NAME[:TAG]]",
        Summary = "List images",
        Options = [s_all, s_digests, s_filter, s_format, SharedOptions.NoTrunc, SharedOptions.Quiet],
        MostArguments = 1,
        Examples = [("mydocker images", "all images"), ("mydocker images centos", "those with this name, whatever their tag")],
        Run = invocation =>
        {
            var line = invocation.Line;
            var format = line.Text(s_format, (option, text) => text == "json" ? text : throw new Engine.OptionException(option, text, "use json"));
            var store = new ImageStore(invocation.Global.Roots.Data);
            IReadOnlyList<ImageSummary> images = new ImageFilter(s_filter.Display, line.Values(s_filter)).Apply(store.List(), store);
            if (line.Arguments.Count == 1)
            {
                images = [.. images.Where(image => ImageFilter.Matches(image, line.Arguments[0]))];
            }

            if (format is not null)
            {
                Out.Write(string.Concat(images.Select(image => JsonText.Of(Row(image), indented: false) + "\n")));
                return 0;
            }

            Out.Write(line.Has(SharedOptions.Quiet) ? Ids(images, line.Has(SharedOptions.NoTrunc)) : Lines(images, line.Has(SharedOptions.NoTrunc), line.Has(s_digests)));
            return 0;
        },
    };

    /// <summary>docker's names of what a line shows.</summary>
    internal static JsonObject Row(ImageSummary image) => new()
    {
        ["ID"] = Human.Id(image.Id),
        ["Repository"] = image.Repository ?? "<none>",
        ["Tag"] = image.Tag ?? "<none>",
        ["Digest"] = image.Digest,
        ["CreatedSince"] = Human.Ago(image.Created),
        ["CreatedAt"] = image.Created.ToString("yyyy-MM-dd HH:mm:ss +0000 'UTC'", System.Globalization.CultureInfo.InvariantCulture),
        ["Size"] = Human.Size(image.Size),
    };

    private static string Ids(IReadOnlyList<ImageSummary> images, bool whole)
        => string.Concat(images.Select(i => Human.Id(i.Id, whole) + "\n").Distinct());

    internal static string Lines(IReadOnlyList<ImageSummary> images, bool whole, bool digests)
    {
        var table = digests ? new Table("REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE") : new Table("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE");
        foreach (var i in images)
        {
            string[] name = [i.Repository ?? "<none>", i.Tag ?? "<none>"];
            string[] rest = [Human.Id(i.Id, whole), Human.Ago(i.Created), Human.Size(i.Size)];
            table.Add(digests ? [.. name, i.Digest, .. rest] : [.. name, .. rest]);
        }

        return table.ToString();
    }
}
