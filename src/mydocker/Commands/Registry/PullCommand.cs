using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class PullCommand
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

    private static partial int Run(Invocation invocation);
}
