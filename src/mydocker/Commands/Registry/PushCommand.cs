using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class PushCommand
{
    private static readonly OptionSpec s_all = new("all-tags", 'a', null, "", "All tags that the repository has here");
    private static readonly OptionSpec s_quiet = new("quiet", 'q', null, "", "Print the image's name only");

    public static Verb Verb => new()
    {
        Name = "push",
        Aliases = ["image push"],
        Area = "Images",
        Usage = "[OPTIONS] NAME[:TAG]",
        Summary = "Send an image to a registry",
        Details = """
            The host in the name says where to: 'mydocker tag IMAGE HOST[:PORT]/PATH:TAG' gives it one.
            Log in with 'mydocker login'.
            """,
        Options = [s_all, SharedOptions.Trust, SharedOptions.Platform, s_quiet],
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker push registry.example:5000/team/web:1.2", "layers that the registry has are not sent again")],
        Run = Run,
    };

    private static partial int Run(Invocation invocation);
}
