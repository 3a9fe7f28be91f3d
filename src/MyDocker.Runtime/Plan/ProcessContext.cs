using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// What the steps of a process need to know: its own specification, and the little of the container that concerns it. The
/// container's init and a process that is executed in it later go by the same steps.
/// </summary>
public sealed record ProcessContext
{
    public required ProcessSpec Process { get; init; }

    /// <summary>Names the session keyring.</summary>
    public required string ContainerId { get; init; }

    public required ProcessStdio Stdio { get; init; }

    /// <summary>The filter that the process installs before it executes.</summary>
    public SeccompFilterProgram? Seccomp { get; init; }

    /// <summary>linux.memoryPolicy and linux.personality: of the container's configuration, but the process's own.</summary>
    public LinuxMemoryPolicy? MemoryPolicy { get; init; }
    public LinuxPersonality? Personality { get; init; }

    /// <summary>The user namespace's mappings; null: it has none of its own, or a joined one.</summary>
    public IReadOnlyList<LinuxIDMapping>? UidMappings { get; init; }
    public IReadOnlyList<LinuxIDMapping>? GidMappings { get; init; }

    /// <summary>The process keeps the supplementary groups of who starts it.</summary>
    public bool KeepsGroups { get; init; }

    /// <summary>
    /// The process may be where setgroups(2) is denied: a user namespace that is joined, or made without privileges. Then it
    /// has the groups that it has, as with other runtimes.
    /// </summary>
    public bool MayBeDeniedGroups { get; init; }

    /// <summary>The file that is executed; null: the one that the first argument names, along PATH.</summary>
    public string? Executable { get; init; }

    /// <summary>HOME where the environment has none; from the container's own /etc/passwd.</summary>
    public string? Home { get; init; }

    /// <summary>Stay in the session keyring of the runtime's caller (--no-new-keyring).</summary>
    public bool KeepsKeyring { get; init; }

    /// <summary>Descriptors from 3 on that the command keeps (--preserve-fds, LISTEN_FDS).</summary>
    public int PreservedDescriptors { get; init; }
}
