using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class LoginCommand
{
    private static readonly OptionSpec s_user = new("username", 'u', "USER", "", "The user");
    private static readonly OptionSpec s_password = new("password", 'p', "PASSWORD", "", "The password; others on this host can read it while the command runs");
    private static readonly OptionSpec s_standardInput = new("password-stdin", '\0', null, "", "Read the password from standard input");

    public static Verb Verb => new()
    {
        Name = "login",
        Area = "Images",
        Usage = "[OPTIONS] [REGISTRY]",
        Summary = "Log in to a registry",
        Details = """
            Without REGISTRY: docker.io. User and password are kept where docker keeps them, in ~/.docker/config.json
            (or DOCKER_CONFIG), or with the credential helper that this file names.
            """,
        Options = [s_password, s_standardInput, s_user],
        NeedsRoot = false,
        MostArguments = 1,
        Examples = [("pass show registry | mydocker login -u me --password-stdin registry.example:5000", "nobody sees the password")],
        Run = Run,
    };

    private static partial int Run(Invocation invocation);
}
