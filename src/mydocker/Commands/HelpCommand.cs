using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;

namespace MyDocker.Cli.Commands;

internal static class HelpCommand
{
    public static Verb Verb => new()
    {
        Name = "help",
        Area = "This program",
        Usage = "[COMMAND]",
        Summary = "Tell about mydocker or one of its commands",
        NeedsRoot = false,
        MostArguments = 2,
        Run = invocation => Show([.. invocation.Line.Arguments]),
    };

    public static int Show(ReadOnlySpan<string> words)
    {
        if (words.Length == 0)
        {
            Out.Write(HelpText.Overview());
            return 0;
        }

        if (Verbs.IsNoun(words[0]))
        {
            Out.Write(words.Length == 1
                ? HelpText.Noun(words[0])
                : HelpText.Of(Verbs.Find(words[0], words[1]) ?? throw UsageException.UnknownVerb(words[0], words[1]), $"{words[0]} {words[1]}"));
            return 0;
        }

        Out.Write(HelpText.Of(Verbs.Find(words[0]) ?? throw UsageException.UnknownVerb(null, words[0]), words[0]));
        return 0;
    }
}
