namespace MyDocker.Cli.Grammar;

/// <summary>One command, described once: dispatch, help, man pages and completions all read this.</summary>
internal sealed class Verb
{
    /// <summary>As users type it: "ps".</summary>
    public required string Name { get; init; }

    /// <summary>Other spellings: "container ls".</summary>
    public string[] Aliases { get; init; } = [];

    /// <summary>The heading under which the overview shows it.</summary>
    public required string Area { get; init; }

    /// <summary>What follows the name: "[OPTIONS] IMAGE [COMMAND [ARG...]]".</summary>
    public required string Usage { get; init; }

    /// <summary>One line.</summary>
    public required string Summary { get; init; }

    /// <summary>Paragraphs below the summary, each of lines short enough for a terminal.</summary>
    public string? Details { get; init; }

    public OptionSpec[] Options { get; init; } = [];

    /// <summary>Pairs of a command line and what it does.</summary>
    public (string Command, string Text)[] Examples { get; init; } = [];

    public int LeastArguments { get; init; }
    public int MostArguments { get; init; } = int.MaxValue;

    /// <summary>run: what follows the first argument belongs to the container's command.</summary>
    public bool OptionsEndAtFirstArgument { get; init; }

    public bool NeedsRoot { get; init; } = true;

    /// <summary>Exit code for a wrong number of arguments: 1 as docker has it, 125 for run, whose other codes are the command's.</summary>
    public int UsageExitCode { get; init; } = 1;

    /// <summary>Exit code for a value that an option cannot have: 125 where docker's command line itself looks at it, 1 where its daemon does.</summary>
    public int ValueExitCode { get; init; } = 1;

    /// <summary>
    /// Does it. Null of what mydocker does, the commands about containers: their code stands in <see cref="ContainerCommands.Run"/>, so that
    /// mydocker-images, which only describes them, is not linked with it.
    /// </summary>
    public Func<Invocation, int>? Run { get; init; }
}

/// <summary>A verb's command line, and what stood before it.</summary>
internal sealed record Invocation(GlobalOptions Global, CommandLine Line);
