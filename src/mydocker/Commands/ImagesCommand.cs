using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Store;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands;

internal static class ImagesCommand
{
    private static readonly OptionSpec s_all = new("all", 'a', null, "", "All images; there are none that are not shown without it");
    private static readonly OptionSpec s_filter = new("filter", 'f', "FILTER", "", "Only some: dangling=true, reference=PATTERN, label=KEY[=VALUE], before=IMAGE, since=IMAGE, until=TIME") { Repeats = true };
    private static readonly OptionSpec s_digests = new("digests", '\0', null, "", "The digest of each image's manifest, too");

    private static readonly Dictionary<string, string> s_titles = new()
    {
        ["ID"] = "IMAGE ID",
        ["Repository"] = "REPOSITORY",
        ["Tag"] = "TAG",
        ["Digest"] = "DIGEST",
        ["CreatedSince"] = "CREATED",
        ["CreatedAt"] = "CREATED AT",
        ["Size"] = "SIZE",
        ["SharedSize"] = "SHARED SIZE",
        ["UniqueSize"] = "UNIQUE SIZE",
        ["Containers"] = "CONTAINERS",
    };

    public static Verb Verb => new()
    {
        Name = "images",
        Aliases = ["image ls"],
        Area = "Images",
        Usage = "[OPTIONS] [NAME[:TAG]]",
        Summary = "List images",
        Details = """
            Fields for --format: .ID .Repository .Tag .Digest .CreatedSince .CreatedAt .Size.
            """,
        Options = [s_all, s_digests, s_filter, SharedOptions.Format, SharedOptions.NoTrunc, SharedOptions.Quiet],
        MostArguments = 1,
        Examples =
        [
            ("mydocker images", "all images"),
            ("mydocker images centos", "those with this name, whatever their tag"),
            ("mydocker images --format '{{.Repository}}:{{.Tag}} {{.Size}}'", "a line of one's own"),
        ],
        Run = invocation =>
        {
            var line = invocation.Line;
            var format = line.Value(SharedOptions.Format);
            var whole = line.Has(SharedOptions.NoTrunc);
            var store = new ImageStore(invocation.Global.Roots.Data);
            IReadOnlyList<ImageSummary> images = new ImageFilter(s_filter.Display, line.Values(s_filter)).Apply(store.List(), store);
            if (line.Arguments.Count == 1)
            {
                images = [.. images.Where(image => ImageFilter.Matches(image, line.Arguments[0]))];
            }

            Out.Write(format is not (null or "table") ? FormattedList.Of(format, images.Select(image => Row(image, whole)), s_titles)
                : line.Has(SharedOptions.Quiet) ? Ids(images, whole)
                : Lines(images, whole, line.Has(s_digests)));
            return 0;
        },
    };

    /// <summary>docker's names of what a line shows.</summary>
    internal static Document Row(ImageSummary image, bool whole = false) => new()
    {
        ["Containers"] = "N/A",
        ["ID"] = Human.Id(image.Id, whole),
        ["Repository"] = image.Repository ?? "<none>",
        ["Tag"] = image.Tag ?? "<none>",
        ["Digest"] = image.Digest,
        ["CreatedSince"] = Since(image),
        ["CreatedAt"] = image.Created.ToString("yyyy-MM-dd HH:mm:ss +0000 'UTC'", System.Globalization.CultureInfo.InvariantCulture),
        ["SharedSize"] = "N/A",
        ["Size"] = Human.Size(image.Size),
        ["UniqueSize"] = "N/A",
        ["VirtualSize"] = Human.Size(image.Size),
    };

    // A configuration need not say when it was made.
    private static string Since(ImageSummary image) => image.Created == DateTimeOffset.UnixEpoch ? "N/A" : Human.Ago(image.Created);

    private static string Ids(IReadOnlyList<ImageSummary> images, bool whole)
        => string.Concat(images.Select(i => Human.Id(i.Id, whole) + "\n").Distinct());

    internal static string Lines(IReadOnlyList<ImageSummary> images, bool whole, bool digests)
    {
        var table = digests ? new Table("REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE") : new Table("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE");
        foreach (var i in images)
        {
            string[] name = [i.Repository ?? "<none>", i.Tag ?? "<none>"];
            string[] rest = [Human.Id(i.Id, whole), Since(i), Human.Size(i.Size)];
            table.Add(digests ? [.. name, i.Digest, .. rest] : [.. name, .. rest]);
        }

        return table.ToString();
    }
}
