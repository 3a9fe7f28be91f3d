using System.Diagnostics;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

/// <summary>Short waits, 0.1 ms growing to 10 ms, until a time is up: for states of v1 that no event announces.</summary>
internal unsafe struct Backoff(int timeoutMilliseconds)
{
    private readonly long _end = Stopwatch.GetTimestamp() + (timeoutMilliseconds * Stopwatch.Frequency / 1000);
    private long _nanoseconds = 100_000;

    /// <summary>Waits a little. False, at once, if the time is up.</summary>
    public bool Wait()
    {
        if (Stopwatch.GetTimestamp() >= _end)
        {
            return false;
        }

        var time = stackalloc long[2] { 0, _nanoseconds };
        Syscall.Invoke(Nr.nanosleep, (nint)time);
        _nanoseconds = Math.Min(_nanoseconds * 2, 10_000_000);
        return true;
    }

    public readonly int RemainingMilliseconds
        => (int)Math.Max(0, (_end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency);
}
