using MyDocker.Cli.Commands;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Containers;

namespace MyDocker.Cli.Grammar;

/// <summary>What mydocker-images knows: everything. It does what mydocker does not; of the others it can tell.</summary>
internal sealed class AllCommands : CommandSet
{
    public override Verb? Find(ReadOnlySpan<string> words, out int used)
    {
        used = 1;
        if (Verbs.Find(words[0]) is { } verb)
        {
            return verb;
        }

        used = 2;
        return words.Length > 1 ? Verbs.Find(words[0], words[1]) : null;
    }

    public override int Run(Verb verb, Invocation invocation) => verb.Run is { } run ? run(invocation) : ImagesProgram.Return();

    public override int Otherwise(ReadOnlySpan<string> words, bool wantsHelp)
    {
        if (wantsHelp || words.Length == 0)
        {
            return HelpCommand.Show(words);
        }

        if (!Verbs.IsNoun(words[0]))
        {
            throw UsageException.UnknownVerb(null, words[0]);
        }

        if (words.Length > 1 && words[1] is not ("--help" or "-h"))
        {
            throw UsageException.UnknownVerb(words[0], words[1]);
        }

        Out.Write(HelpText.Noun(words[0]));
        return 0;
    }
}
