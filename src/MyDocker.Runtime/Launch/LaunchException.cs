using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Launch;

/// <summary>A start that failed: which step of the plan, and why. "step 14: mount proc on /proc: EPERM (operation not permitted)".</summary>
public sealed class LaunchException : Exception
{
    /// <summary>A step of the child that the kernel refused.</summary>
    /// <param name="isCommand">everything was ready and the command itself could not be executed (exit codes 126 and 127).</param>
    public LaunchException(int step, StepText text, Errno errno, bool isCommand, string? hint)
        : base($"step {step}: {text}: {errno.Describe()}{(hint is null ? "" : $"; hint: {hint}")}")
    {
        Errno = errno;
        IsCommand = isCommand;
    }

    /// <summary>A step of the parent; the cause tells object and reason.</summary>
    public LaunchException(int step, StepText text, Exception cause)
        : base($"step {step}: {text}: {cause.Message}{(HintFor(cause) is { } hint ? $"; hint: {hint}" : "")}", cause)
    {
        Errno = (cause as KernelException)?.Errno ?? Errno.None;
    }

    public Errno Errno { get; }

    public bool IsCommand { get; }

    private static string? HintFor(Exception cause) => cause is KernelException e ? Hints.For(e.Operation, e.Target, e.Errno) : null;
}
