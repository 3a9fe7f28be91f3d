using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>
/// Where the time of one start goes, phase by phase, over the processes that take part (<c>run --timing</c>). Off unless it
/// is begun; then a mark costs nothing but a look. Times are CLOCK_MONOTONIC in ns, the same for all processes.
/// </summary>
public static class PhaseClock
{
    private const int CLOCK_MONOTONIC = 1;
    private const int CLOCK_PROCESS_CPUTIME_ID = 2;

    private static List<(long Ended, string What)>? s_marks;
    private static string s_who = "";

    public static bool IsOn => s_marks is not null;

    /// <summary>What all of them write to, and the next process is to inherit; null while the clock is off.</summary>
    public static Fd? File { get; private set; }

    public static long Now => Read(CLOCK_MONOTONIC);

    /// <summary>CPU time of this process so far, in ns.</summary>
    public static long CpuTime => Read(CLOCK_PROCESS_CPUTIME_ID);

    public static void Begin(string who, Fd file)
    {
        (s_who, File, s_marks) = (who, file, new(64));
    }

    /// <summary>A phase has just ended; it began where the one before ended, in whichever process.</summary>
    public static void Mark(string what) => MarkAt(Now, what);

    public static void MarkAt(long ended, string what) => s_marks?.Add((ended, what));

    /// <summary>Writes the marks so far to <see cref="File"/>, a line each: time, process and phase with tabs between.</summary>
    public static void Flush()
    {
        if (s_marks is null)
        {
            return;
        }

        var text = new StringBuilder();
        foreach (var (ended, what) in s_marks)
        {
            text.Append(ended).Append('\t').Append(s_who).Append('\t').Append(what).Append('\n');
        }

        s_marks.Clear();
        Files.TryWrite(File!, Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>A system call, as Stopwatch gets ready first: more than it takes to read a command line.</summary>
    private static unsafe long Read(int clock)
    {
        var time = stackalloc long[2];
        Syscall.Invoke(Nr.clock_gettime, clock, (nint)time);
        return (time[0] * 1_000_000_000) + time[1];
    }
}
