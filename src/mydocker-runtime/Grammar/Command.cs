using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Grammar;

/// <summary>A command with the options that stood before it.</summary>
internal sealed record Invocation(GlobalOptions Global, Command Command, Arguments Arguments)
{
    public ContainerRoot Root => new(Global.Root) { HasCrunStatus = ProgramName.Current == "crun" };

    /// <summary>The container's id, the first word.</summary>
    public string Id => Arguments.Words[0];
}

/// <summary>One command of the runtime.</summary>
internal sealed record Command
{
    public required string Name { get; init; }

    /// <summary>What follows the name in the usage line.</summary>
    public required string Usage { get; init; }

    /// <summary>One short sentence, without a full stop.</summary>
    public required string Summary { get; init; }

    /// <summary>More, for its own help.</summary>
    public string? Details { get; init; }

    public IReadOnlyList<Flag> Flags { get; init; } = [];

    public int LeastWords { get; init; } = 1;

    public int MostWords { get; init; } = 1;

    /// <summary>What follows the first word belongs to the command that is executed.</summary>
    public bool StopsAtFirstWord { get; init; }

    /// <summary>Exit code of a failure of the runtime's own; 255 for exec, as runc's, whose other codes are the command's.</summary>
    public int FailureCode { get; init; } = 1;

    /// <summary>Returns the exit code.</summary>
    public required Func<Invocation, int> Run { get; init; }

    /// <exception cref="UsageException">too few or too many words.</exception>
    public void CheckWords(Arguments arguments)
    {
        var count = arguments.Words.Count;
        if (count < LeastWords || count > MostWords)
        {
            var needed = LeastWords == MostWords ? $"exactly {LeastWords}" : count < LeastWords ? $"at least {LeastWords}" : $"at most {MostWords}";
            throw new UsageException($"{Name} takes {needed} argument(s), got {count}; {Help.UsageOf(ProgramName.Current, this)}");
        }
    }
}
