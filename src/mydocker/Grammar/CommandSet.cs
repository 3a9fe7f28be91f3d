namespace MyDocker.Cli.Grammar;

/// <summary>The commands that one executable knows. There are two: <see cref="ContainerCommands"/> and <see cref="AllCommands"/> (docs/adr/0010).</summary>
internal abstract class CommandSet
{
    /// <summary>The command that a line begins with; null if it is not one of these.</summary>
    /// <param name="words">the line, without global options; not empty.</param>
    /// <param name="used">how many words name it: two for "container ls".</param>
    public abstract Verb? Find(ReadOnlySpan<string> words, out int used);

    /// <summary>Does a command that was found here.</summary>
    /// <returns>the exit code.</returns>
    public abstract int Run(Verb verb, Invocation invocation);

    /// <summary>What is done about every other line: help for all, nouns alone, commands that are not in the set.</summary>
    /// <param name="words">as above; may be empty.</param>
    /// <param name="wantsHelp">--help stood before them.</param>
    /// <returns>the exit code.</returns>
    public abstract int Otherwise(ReadOnlySpan<string> words, bool wantsHelp);
}
