using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class SearchCommand
{
    private static readonly OptionSpec s_limit = new("limit", '\0', "NUMBER", "", "At most so many, up to 100") { Default = "25" };
    private static readonly OptionSpec s_filter = new("filter", 'f', "FILTER", "", "Only some: is-official=true, stars=NUMBER") { Repeats = true };

    public static Verb Verb => new()
    {
        Name = "search",
        Area = "Images",
        Usage = "[OPTIONS] [HOST[:PORT]/]WORD",
        Summary = "Look for images in a registry",
        Details = """
            Without HOST: Docker Hub. Of a registry without a search, all names of repositories are
            looked through, where it tells them.
            Fields for --format: .Name .Description .StarCount .IsOfficial .IsAutomated.
            """,
        Options = [s_filter, SharedOptions.Format, s_limit, SharedOptions.NoTrunc],
        NeedsRoot = false,
        LeastArguments = 1,
        MostArguments = 1,
        Run = Run,
    };

    private static partial int Run(Invocation invocation);
}
