using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class ManifestInspectCommand
{
    private static readonly OptionSpec s_insecure = new("insecure", '\0', null, "", "Without TLS, or with a certificate that cannot be checked");
    private static readonly OptionSpec s_verbose = new("verbose", 'v', null, "", "Also the manifest of each platform, with its descriptor");
    private static readonly OptionSpec s_raw = new("raw", '\0', null, "", "The bytes as the registry has them, which its digest is about");

    public static Verb Verb => new()
    {
        Name = "inspect",
        Area = "Images",
        Usage = "[OPTIONS] NAME[:TAG|@DIGEST]",
        Summary = "Show the manifest or index that a registry has under a name",
        Options = [s_insecure, s_raw, s_verbose],
        NeedsRoot = false,
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker manifest inspect debian:12", "for which platforms is there one?")],
        Run = Run,
    };

    private static partial int Run(Invocation invocation);
}
