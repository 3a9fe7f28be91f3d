using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;

namespace MyDocker.Cli.Commands;

internal static class ManCommand
{
    private static readonly OptionSpec s_all = new("all", 'a', "DIR", "", "Write the pages of all commands into DIR");

    public static Verb Verb => new()
    {
        Name = "man",
        Area = "This program",
        Usage = "[OPTIONS] [COMMAND]",
        Summary = "Print a manual page: of mydocker or one of its commands",
        Details = "From the same descriptions as --help.",
        Options = [s_all],
        NeedsRoot = false,
        MostArguments = 2,
        Examples = [("mydocker man run | man -l -", "read one"), ("mydocker man --all /usr/local/share/man/man1", "install them")],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        if (line.Value(s_all) is not { } directory)
        {
            Out.Write(line.Arguments.Count == 0 ? ManPage.Overview() : ManPage.Of(Find(line.Arguments), string.Join(' ', line.Arguments)));
            return 0;
        }

        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllText(Path.Combine(directory, "mydocker.1"), ManPage.Overview());
            foreach (var (words, verb) in Verbs.Everything())
            {
                File.WriteAllText(Path.Combine(directory, $"mydocker-{words.Replace(' ', '-')}.1"), ManPage.Of(verb, words));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"write manual pages into {directory}: {e.Message}", exitCode: 1);
        }

        return 0;
    }

    private static Verb Find(IReadOnlyList<string> words)
        => words.Count == 2 ? Verbs.Find(words[0], words[1]) ?? throw UsageException.UnknownVerb(words[0], words[1])
            : Verbs.Find(words[0]) ?? throw UsageException.UnknownVerb(null, words[0]);
}
