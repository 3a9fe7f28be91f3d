namespace MyDocker.Runtime.Containers;

/// <summary>What went wrong with one container, in words for whoever called the runtime.</summary>
public sealed class ContainerException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>There is no container of this id, which <c>delete --force</c> takes for success.</summary>
    public bool IsMissing { get; init; }

    /// <summary>Exit code for <c>run</c> and <c>exec</c>: 126 and 127 tell of a command that cannot be executed or is not there.</summary>
    public int ExitCode { get; init; } = 1;
}
