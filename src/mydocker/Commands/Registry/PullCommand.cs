using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Images;

namespace MyDocker.Cli.Commands.Registry;

internal static class PullCommand
{
    private static readonly OptionSpec s_all = new("all-tags", 'a', null, "", "All tags of the repository");
    private static readonly OptionSpec s_quiet = new("quiet", 'q', null, "", "Print the image's name only");

    public static Verb Verb => new()
    {
        Name = "pull",
        Aliases = ["image pull"],
        Area = "Images",
        Usage = "[OPTIONS] NAME[:TAG|@DIGEST]",
        Summary = "Fetch an image from a registry",
        Details = """
            A name without a host is one of docker.io. A pull that was broken off goes on where it stopped.
            Mirrors, proxies and registries without TLS: /etc/mydocker/registries.json, see docs/images.md.
            """,
        Options = [s_all, SharedOptions.Trust, SharedOptions.Platform, s_quiet],
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker pull quay.io/centos/centos:stream9", "from quay.io"), ("mydocker pull --platform linux/arm64 debian:12", "for another architecture")],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var images = new RegistryImages(invocation.Global.Roots.Data);
        var name = ImageReference.Parse(line.Arguments[0]);
        var quiet = line.Has(s_quiet);
        var platform = line.Value(SharedOptions.Platform) is { } text ? Platforms.Parse(text) : null;
        if (!line.Has(s_all))
        {
            Pull(images, name, platform, quiet);
            return 0;
        }

        if (line.Arguments[0].Contains('@') || line.Arguments[0].LastIndexOf(':') > line.Arguments[0].LastIndexOf('/'))
        {
            throw new ImageException($"pull {line.Arguments[0]}: a tag cannot be given together with --all-tags; leave one of them out");
        }

        foreach (var tag in images.Tags(name, Out.Error))
        {
            Pull(images, tag, platform, quiet);
        }

        return 0;
    }

    private static void Pull(RegistryImages images, ImageReference name, Oci.Image.Platform? platform, bool quiet)
    {
        var request = new PullRequest(name) { Platform = platform, Log = Out.Error };
        if (quiet)
        {
            Out.Line(images.Pull(request).Name.Canonical);
            return;
        }

        Out.Line($"{name.Tag ?? name.Digest}: Pulling from {name.FamiliarRepository}");
        var pulled = TransferProgress.Show((progress, log) => images.Pull(request with { Progress = progress, Log = log }));
        Out.Line($"Digest: {pulled.Digest}");
        Out.Line(pulled.IsNew ? $"Status: Downloaded newer image for {name.Familiar}" : $"Status: Image is up to date for {name.Familiar}");
        Out.Line(name.Canonical);
    }
}
