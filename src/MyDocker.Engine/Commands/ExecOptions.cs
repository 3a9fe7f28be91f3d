namespace MyDocker.Engine.Commands;

/// <summary>What `exec` runs.</summary>
public sealed record ExecOptions
{
    public required IReadOnlyList<string> Command { get; init; }
    public bool Interactive { get; init; }
    public bool Terminal { get; init; }
    public bool Detach { get; init; }
    public bool Privileged { get; init; }

    /// <summary>Keys that leave the command's terminal; null: the usual ones, "": none.</summary>
    public string? DetachKeys { get; init; }

    /// <summary>null: the container's own.</summary>
    public string? User { get; init; }
    public string? WorkingDirectory { get; init; }

    /// <summary>NAME=VALUE, over the container's own.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
}
