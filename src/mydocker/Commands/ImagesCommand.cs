using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

internal static class ImagesCommand
{
    private static readonly OptionSpec s_digests = new("digests", '\0', null, "", "The digest of each image's manifest, too");

    public static Verb Verb => new()
    {
        Name = "images",
        Aliases = ["image ls"],
        Area = "Images",
        Usage = "[OPTIONS] [NAME[:TAG]]",
        Summary = "List images",
        Options = [s_digests, SharedOptions.NoTrunc, SharedOptions.Quiet],
        MostArguments = 1,
        Examples = [("mydocker images", "all images"), ("mydocker images centos", "those with this name, whatever their tag")],
        Run = invocation =>
        {
            var line = invocation.Line;
            var images = new ImageStore(invocation.Global.Roots.Data).List();
            if (line.Arguments.Count == 1)
            {
                images = [.. images.Where(i => i.Repository == line.Arguments[0] || $"{i.Repository}:{i.Tag}" == line.Arguments[0])];
            }

            Out.Write(line.Has(SharedOptions.Quiet) ? Ids(images, line.Has(SharedOptions.NoTrunc)) : Lines(images, line.Has(SharedOptions.NoTrunc), line.Has(s_digests)));
            return 0;
        },
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
