using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>A timer as a descriptor (timerfd_create(2)), non-blocking.</summary>
public sealed unsafe class TimerFd : IDisposable
{
    private const int CLOCK_MONOTONIC = 1;
    private const int CLOCK_BOOTTIME = 7;

    /// <param name="countSuspend">whether time goes on while the machine sleeps (CLOCK_BOOTTIME).</param>
    public TimerFd(bool countSuspend = false)
    {
        var clock = countSuspend ? CLOCK_BOOTTIME : CLOCK_MONOTONIC;
        Fd = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.timerfd_create, clock, OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK), "create", "timerfd"));
    }

    public Fd Fd { get; }

    /// <summary>Starts the timer. An interval of zero makes it fire once; a first time of zero or less fires at once.</summary>
    public void Set(TimeSpan first, TimeSpan interval = default)
    {
        var spec = stackalloc long[4];
        Write(spec, interval);
        Write(spec + 2, first > TimeSpan.Zero ? first : TimeSpan.FromTicks(1)); // zero would disarm it
        Arm(spec);
    }

    public void Disarm()
    {
        var spec = stackalloc long[4];
        new Span<long>(spec, 4).Clear();
        Arm(spec);
    }

    /// <summary>How often it fired since the last read; 0 if it did not.</summary>
    public ulong Read()
    {
        ulong count;
        var result = Syscall.Retry(Nr.read, Fd.Number, (nint)(&count), sizeof(ulong));
        return result == -(nint)Errno.EAGAIN ? 0 : Syscall.Check(result, "read", "timerfd") == sizeof(ulong) ? count : 0;
    }

    public void Dispose() => Fd.Dispose();

    private static void Write(long* timespec, TimeSpan time)
    {
        timespec[0] = time.Ticks / TimeSpan.TicksPerSecond;
        timespec[1] = time.Ticks % TimeSpan.TicksPerSecond * 100;
    }

    private void Arm(long* spec)
        => Syscall.Check(Syscall.Invoke(Nr.timerfd_settime, Fd.Number, 0, (nint)spec, 0), "set", "timerfd");
}
