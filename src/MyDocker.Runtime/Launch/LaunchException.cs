using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Launch;

/// <summary>A start that failed: which step of the plan, and why. "step 14: mount proc on /proc: EPERM (operation not permitted)".</summary>
public sealed class LaunchException : Exception
{
    /// <summary>A step of the child that the kernel refused.</summary>
    /// <param name="isCommand">everything was ready and the command itself could not be executed (exit codes 126 and 127).</param>
    /// <param name="isMount">it belongs to one of the mounts of config.json.</param>
    public LaunchException(int step, StepText text, Errno errno, bool isCommand, bool isMount, string? hint)
        : base($"step {step}: {text}: {errno.Describe()}{(hint is null ? "" : $"; hint: {hint}")}")
    {
        Errno = errno;
        IsCommand = isCommand;
        IsMount = isMount;
        IsChilds = true;
    }

    /// <summary>A step of the parent; the cause tells object and reason.</summary>
    public LaunchException(int step, StepText text, Exception cause, bool isMount = false)
        : base($"step {step}: {text}: {cause.Message}{(HintFor(cause) is { } hint ? $"; hint: {hint}" : "")}", cause)
    {
        Errno = (cause as KernelException)?.Errno ?? Errno.None;
        IsMount = isMount;
    }

    public Errno Errno { get; }

    public bool IsCommand { get; }

    /// <summary>What failed belongs to one of the mounts of config.json.</summary>
    public bool IsMount { get; }

    /// <summary>The child failed, not the parent.</summary>
    public bool IsChilds { get; }

    private static string? HintFor(Exception cause) => cause is KernelException e ? Hints.For(e.Operation, e.Target, e.Errno) : null;
}
