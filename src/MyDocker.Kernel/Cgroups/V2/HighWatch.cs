using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>
/// Notices that a cgroup is above its memory.high, by two signals: the counters of memory.events.local change, and, where the
/// kernel has pressure information, its tasks wait for memory. Also that it is frozen or thawed.
/// </summary>
public sealed unsafe class HighWatch : IDisposable
{
    private readonly Fd? _pressure;

    private HighWatch(Fd events, Fd? pressure)
    {
        Events = events;
        _pressure = pressure;
    }

    /// <summary>Readable when memory.events.local or cgroup.events changed (inotify(7)).</summary>
    public Fd Events { get; }

    /// <summary>
    /// Has EPOLLPRI when all tasks together stood still for memory for more than 150 ms of a second (psi.rst); null without
    /// CONFIG_PSI, or without the right to have it told.
    /// </summary>
    public Fd? Pressure => _pressure;

    public static HighWatch Start(string directory)
    {
        const int IN_CLOEXEC = 0x80000, IN_NONBLOCK = 0x800, IN_MODIFY = 2;
        var events = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.inotify_init1, IN_CLOEXEC | IN_NONBLOCK), "make", "inotify for " + directory));
        try
        {
            Add(events, directory + "/memory.events.local", IN_MODIFY);
            Add(events, directory + "/cgroup.events", IN_MODIFY);
        }
        catch (KernelException)
        {
            events.Dispose();
            throw;
        }

        return new HighWatch(events, OpenPressure(directory));
    }

    private static void Add(Fd inotify, string file, int mask)
    {
        using var path = new Utf8Z(file, stackalloc byte[Utf8Z.Inline]);
        var errno = Syscall.ErrnoOf(Syscall.Invoke(Nr.inotify_add_watch, inotify.Number, path.Address, mask));
        if (errno != Errno.None)
        {
            throw new KernelException("watch", file, errno);
        }
    }

    /// <summary>Takes the notifications back.</summary>
    public void Drain()
    {
        Span<byte> buffer = stackalloc byte[1024];
        while (Files.Read(Events, buffer) > 0)
        {
            // several may be queued
        }
    }

    public void Dispose()
    {
        Events.Dispose();
        _pressure?.Dispose();
    }

    private static Fd? OpenPressure(string directory)
    {
        if (Files.TryOpen(directory + "/memory.pressure", OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK, out var pressure) != Errno.None)
        {
            return null;
        }

        if (Files.TryWrite(pressure!, "full 150000 1000000\0"u8) == Errno.None)
        {
            return pressure;
        }

        pressure!.Dispose();
        return null;
    }
}
