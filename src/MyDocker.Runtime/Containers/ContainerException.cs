namespace MyDocker.Runtime.Containers;

/// <summary>How far a command has come that could not be executed.</summary>
public enum CommandStage
{
    /// <summary>It is not about a command.</summary>
    None,

    /// <summary>It was looked for while the container was made.</summary>
    LookedUp,

    /// <summary>The container was made and started, and the kernel refused.</summary>
    Executed,
}

/// <summary>What went wrong with one container, in words for whoever called the runtime.</summary>
public sealed class ContainerException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>There is no container of this id, which <c>delete --force</c> takes for success.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Exit code for <c>run</c> and <c>exec</c>: 126 and 127 tell of a command that cannot be executed or is not there.</summary>
    public int ExitCode { get; init; } = 1;

    /// <summary>Everything was ready, and the command itself could not be executed.</summary>
    public CommandStage Stage { get; init; }
}
