using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>What /proc tells of a process of the host.</summary>
internal static class ProcessTable
{
    /// <summary>Start time in clock ticks since boot (proc_pid_stat(5), field 22); 0 if there is no such process.</summary>
    public static ulong StartTimeOf(int pid) => Read(pid) is { } stat ? Field(stat, 22) : 0;

    /// <summary>
    /// Whether the process that a state tells of is still that one. One that has ended is not alive although it is listed until
    /// its parent waits for it: when the monitor was killed that is the host's init, which may take its time.
    /// </summary>
    public static bool IsAlive(ContainerState state)
        => state.Pid > 0 && Read(state.Pid) is { } stat && Field(stat, 22) == state.PidStartTime && !HasEnded(stat);

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
