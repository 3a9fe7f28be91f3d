using System.Globalization;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.State;

/// <summary>
/// A process of the host for ever: its number, which is used again, and its start time in clock ticks since boot
/// (proc_pid_stat(5), field 22), which is not.
/// </summary>
public readonly record struct ProcessIdentity(int Pid, ulong StartTime)
{
    /// <summary>The process that has the number now; its start time is 0 if there is none.</summary>
    public static ProcessIdentity Of(int pid) => new(pid, Read(pid) is { } stat ? Field(stat, 22) : 0);

    /// <summary>
    /// Whether it still runs. One that has ended is not alive although it is listed until its parent waits for it, which may be
    /// the host's init taking its time.
    /// </summary>
    public bool IsAlive => Pid > 0 && Read(Pid) is { } stat && Field(stat, 22) == StartTime && !HasEnded(stat);

    /// <summary>A descriptor of this process and no other; null if it is gone.</summary>
    public PidFd? TryOpen()
    {
        if (Pid <= 0 || PidFd.TryOpen(Pid, out var process) != Errno.None)
        {
            return null;
        }

        // Only now is it certain that the number is not somebody else's by this time.
        if (IsAlive)
        {
            return process;
        }

        process!.Dispose();
        return null;
    }

    /// <summary>How it has ended, while its parent, which is somebody else, has not waited for it yet (field 52); null: it has, or it runs.</summary>
    public ProcessExit? TryReadExit()
        => Pid > 0 && Read(Pid) is { } stat && Field(stat, 22) == StartTime && HasEnded(stat)
            && Files.TryReadLink($"/proc/{Pid}/ns/user") is not null // who may not trace it cannot read that either, and is shown a 0
            ? ProcessExit.Of(int.Parse(stat.AsSpan(stat.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture))
            : null;

    /// <summary>From the state on, field 3: the second field is a name in parentheses that may hold anything.</summary>
    private static string? Read(int pid)
        => Files.TryReadText($"/proc/{pid}/stat", out _) is { } stat ? stat[(stat.LastIndexOf(')') + 2)..] : null;

    /// <summary>A zombie without other threads; where only the first thread has ended the others are the process.</summary>
    private static bool HasEnded(string stat) => stat[0] is 'Z' or 'X' && Field(stat, 20) <= 1;

    private static ulong Field(string stat, int number)
    {
        var rest = stat.AsSpan();
        for (var field = 3; field < number; field++)
        {
            rest = rest[(rest.IndexOf(' ') + 1)..];
        }

        return ulong.Parse(rest[..rest.IndexOf(' ')], CultureInfo.InvariantCulture);
    }
}
