using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

internal static class ImportCommand
{
    private static readonly OptionSpec s_change = new("change", 'c', "INSTRUCTION", "", "A Dockerfile's instruction for the image: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR, ...") { Repeats = true };
    private static readonly OptionSpec s_message = new("message", 'm', "TEXT", "", "A note for its history");

    public static Verb Verb => new()
    {
        Name = "import",
        Aliases = ["image import"],
        Area = "Images",
        Usage = "[OPTIONS] FILE|DIR|URL|- [NAME[:TAG]]",
        Summary = "Make an image of a root file system",
        Details = """
            FILE is a tar archive, plain or compressed with gzip, xz or zstd; DIR a directory; URL an archive that
            is fetched by HTTP; - an archive on standard input. Prints the id of the image.
            """,
        Options = [s_change, s_message, SharedOptions.Platform, SharedOptions.Quiet],
        LeastArguments = 1,
        MostArguments = 2,
        Examples =
        [
            ("mydocker import centos-7-docker.tar.xz centos:7", "from a file"),
            ("mydocker import -c 'CMD [\"/bin/bash\"]' -c 'ENV LANG=C.UTF-8' rootfs.tar base", "and how it is run"),
            ("mydocker import https://example.org/rootfs.tar.xz base", "from a web server"),
            ("mmdebstrap bookworm | mydocker import - debian:12", "from another program"),
        ],
        Run = invocation =>
        {
            var line = invocation.Line;
            var name = line.Arguments.Count > 1 ? ImageReference.Parse(line.Arguments[1]) : null;
            var (source, store) = (line.Arguments[0], new ImageStore(invocation.Global.Roots.Data));
            if (!IsUrl(source))
            {
                return Print(line, store.Import(source, name, settings: Settings(line)));
            }

            using var download = new ArchiveDownload(source);
            return Print(line, store.Import(download.Content, source, name, settings: Settings(line)));
        },
    };

    private static int Print(CommandLine line, ImportedImage image)
    {
        if (!line.Has(SharedOptions.Quiet))
        {
            foreach (var note in image.Notes)
            {
                Out.Error(note);
            }
        }

        Out.Line(image.Id);
        return 0;
    }

    private static bool IsUrl(string text)
        => text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static ImportSettings Settings(CommandLine line)
        => new(line.Values(s_change), line.Value(s_message), line.Value(SharedOptions.Platform) is { } platform ? Platforms.Parse(platform) : null);
}
