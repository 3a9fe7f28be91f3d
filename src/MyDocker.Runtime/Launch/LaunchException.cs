using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Launch;

/// <summary>A start that failed: which step of the plan, and the errno. "step 14: mount proc on /proc: EPERM (operation not permitted)".</summary>
public sealed class LaunchException(int step, StepText text, Errno errno, bool isCommand, string? hint)
    : Exception($"step {step}: {text}: {errno.Describe()}{(hint is null ? "" : $"; hint: {hint}")}")
{
    public int Step { get; } = step;
    public StepText Text { get; } = text;
    public Errno Errno { get; } = errno;

    /// <summary>True where everything was ready and the command itself could not be executed (exit codes 126 and 127).</summary>
    public bool IsCommand { get; } = isCommand;
}
