namespace MyDocker.Runtime.Containers;

/// <summary>What <c>exec</c> is asked for. What is null or empty is as the container's own process has it.</summary>
public sealed record ExecOptions
{
    public required string Id { get; init; }

    /// <summary>The command and its arguments; empty with <see cref="ProcessFile"/>.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>A file with the whole process (process.json); the options of its parts have no effect beside it.</summary>
    public string? ProcessFile { get; init; }

    public bool Terminal { get; init; }
    public string? Cwd { get; init; }

    /// <summary>"NAME=value", added to the container's own.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    public uint? Uid { get; init; }
    public uint? Gid { get; init; }
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];

    /// <summary>Capabilities to add, such as CAP_NET_ADMIN.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    public bool NoNewPrivileges { get; init; }
    public string? ApparmorProfile { get; init; }
    public string? SelinuxLabel { get; init; }

    /// <summary>Cgroups below the container's to join: by controller, "" for all others.</summary>
    public IReadOnlyDictionary<string, string> SubCgroups { get; init; } = new Dictionary<string, string>();

    public bool Detach { get; init; }
    public string? PidFile { get; init; }
    public string? ConsoleSocket { get; init; }
    public string? PidFdSocket { get; init; }
    public int PreservedDescriptors { get; init; }

    /// <summary>Also in a paused container: the command runs once that is resumed.</summary>
    public bool IgnorePaused { get; init; }

    public bool NoSubreaper { get; init; }
}
