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

    /// <summary>Stay in the session keyring of the runtime's caller (--no-new-keyring).</summary>
    public bool KeepsKeyring { get; init; }

    /// <summary>A working directory that is not there is made (the container's own process), or an error (one executed later).</summary>
    public bool MakesWorkingDirectory { get; init; } = true;

    /// <summary>Descriptors from 3 on that the command keeps (--preserve-fds, LISTEN_FDS).</summary>
    public int PreservedDescriptors { get; init; }
}
