using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.References;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

internal static class ImportCommand
{
    public static Verb Verb => new()
    {
        Name = "import",
        Aliases = ["image import"],
        Area = "Images",
        Usage = "[OPTIONS] FILE|DIR|- NAME[:TAG]",
        Summary = "Make an image of a root file system",
        Details = """
            FILE is a tar archive, plain or compressed with gzip, xz or zstd; DIR a directory; - an archive on
            standard input. Prints the id of the image.
            """,
        Options = [SharedOptions.Quiet],
        LeastArguments = 2,
        MostArguments = 2,
        Examples =
        [
            ("mydocker import centos-7-docker.tar.xz centos:7", "from a file"),
            ("mmdebstrap bookworm | mydocker import - debian:12", "from another program"),
        ],
        Run = invocation =>
        {
            var line = invocation.Line;
            var name = ImageReference.Parse(line.Arguments[1]);
            var image = new ImageStore(invocation.Global.Roots.Data).Import(line.Arguments[0], name);
            if (!line.Has(SharedOptions.Quiet))
            {
                foreach (var note in image.Notes)
                {
                    Out.Error(note);
                }
            }

            Out.Line(image.Id);
            return 0;
        },
    };
}
