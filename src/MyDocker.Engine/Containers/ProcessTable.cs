using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>What /proc tells of a process of the host.</summary>
internal static class ProcessTable
{
    /// <summary>Start time in clock ticks since boot (proc_pid_stat(5), field 22); 0 if there is no such process.</summary>
    public static ulong StartTimeOf(int pid)
    {
        var stat = Files.TryReadText($"/proc/{pid}/stat", out _);
        if (stat is null)
        {
            return 0;
        }

        // The second field is a name in parentheses that may hold anything; fields are counted from its end.
        var rest = stat.AsSpan(stat.LastIndexOf(')') + 2);
        for (var field = 3; field < 22; field++)
        {
            rest = rest[(rest.IndexOf(' ') + 1)..];
        }

        return ulong.Parse(rest[..rest.IndexOf(' ')], CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the process that a state tells of is still that one.</summary>
    public static bool IsAlive(ContainerState state) => state.Pid > 0 && StartTimeOf(state.Pid) is > 0 and var start && start == state.PidStartTime;
}
