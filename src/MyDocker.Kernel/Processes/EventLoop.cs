using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>What a descriptor is ready for: the events of epoll(7).</summary>
public static class EpollEvents
{
    public const uint EPOLLIN = 0x1;
    public const uint EPOLLPRI = 0x2;
    public const uint EPOLLOUT = 0x4;
    public const uint EPOLLERR = 0x8;
    public const uint EPOLLHUP = 0x10;
    public const uint EPOLLRDHUP = 0x2000;
}

/// <param name="events">a union of <see cref="EpollEvents"/>.</param>
public delegate void EventCallback(uint events);

/// <summary>
/// One thread's loop over epoll(7), level-triggered: each descriptor has one callback, found by its number. Nothing is
/// allocated per event, and the process sleeps until something happens. Not for regular files (epoll refuses them).
/// </summary>
public sealed unsafe class EventLoop : IDisposable
{
    private const int EPOLL_CTL_ADD = 1;
    private const int EPOLL_CTL_DEL = 2;
    private const int EPOLL_CTL_MOD = 3;
    private const int BatchSize = 16;

    private readonly Fd _epoll;
    private Entry[] _entries = new Entry[32];
    private bool _stopped;

    public EventLoop()
        => _epoll = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.epoll_create1, OpenFlags.O_CLOEXEC), "create", "epoll instance"));

    // struct epoll_event is packed on x86-64 only (EPOLL_PACKED, linux/eventpoll.h).
    internal static int EventSize => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static int DataOffset => EventSize - sizeof(ulong);

    /// <summary>Watches a descriptor; 0 events registers it paused. Remove it before it is closed.</summary>
    public void Add(Fd fd, uint events, EventCallback callback)
    {
        var number = fd.Number;
        if (number >= _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(number + 1, _entries.Length * 2));
        }

        ref var entry = ref _entries[number];
        if (entry.Callback is not null)
        {
            throw new InvalidOperationException($"descriptor {number} is watched already");
        }

        entry.Callback = callback;
        entry.Interest = 0;
        entry.Generation++;
        try
        {
            Modify(fd, events);
        }
        catch
        {
            entry.Callback = null;
            throw;
        }
    }

    /// <summary>
    /// Changes what a descriptor is watched for. 0 pauses it altogether: epoll would go on reporting hang-ups of a
    /// descriptor that is merely registered without events, and the loop would spin.
    /// </summary>
    public void Modify(Fd fd, uint events)
    {
        ref var entry = ref Find(fd);
        if (entry.Interest == events)
        {
            return;
        }

        var operation = events == 0 ? EPOLL_CTL_DEL : entry.Interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
        var item = stackalloc byte[16];
        *(uint*)item = events;
        *(ulong*)(item + DataOffset) = (uint)fd.Number | ((ulong)entry.Generation << 32);
        Syscall.Check(Syscall.Invoke(Nr.epoll_ctl, _epoll.Number, operation, fd.Number, (nint)item), "watch", fd.ProcPath);
        entry.Interest = events;
    }

    /// <summary>Stops watching a descriptor. Events of it that were fetched already are not delivered any more.</summary>
    public void Remove(Fd fd)
    {
        ref var entry = ref Find(fd);
        Modify(fd, 0);
        entry.Callback = null;
    }

    public bool Watches(Fd fd) => fd.Number < _entries.Length && _entries[fd.Number].Callback is not null;

    /// <summary>Calls back until <see cref="Stop"/>.</summary>
    public void Run()
    {
        _stopped = false;
        while (!_stopped)
        {
            RunOnce(-1);
        }
    }

    /// <summary>The same, and calls back when there was work and then nothing for a while: once, until there is work again.</summary>
    /// <param name="after">how long nothing must have happened, ms.</param>
    /// <param name="isWork">whether what has happened since the last call of <paramref name="rest"/> is worth one: it costs a wake-up.</param>
    public void Run(int after, Func<bool> isWork, Action rest)
    {
        _stopped = false;
        while (!_stopped)
        {
            if (!isWork())
            {
                RunOnce(-1);
            }
            else if (RunOnce(after) == 0)
            {
                rest();
            }
        }
    }

    /// <summary>Ends <see cref="Run()"/> after the events in hand; from a callback.</summary>
    public void Stop() => _stopped = true;

    /// <summary>Waits once, up to a time in ms (-1: without end), and calls back. Returns how many events there were.</summary>
    public int RunOnce(int timeoutMilliseconds)
    {
        var events = stackalloc byte[16 * BatchSize];
        var count = (int)Syscall.Invoke(Nr.epoll_pwait, _epoll.Number, (nint)events, BatchSize, timeoutMilliseconds);
        if (count == -(int)Errno.EINTR)
        {
            return 0;
        }

        Syscall.Check(count, "wait for", "events");
        for (var i = 0; i < count; i++)
        {
            var item = events + (i * EventSize);
            var data = *(ulong*)(item + DataOffset);
            ref var entry = ref _entries[(int)(uint)data];

            // An earlier callback of this batch may have removed or paused it, or its number may be someone else's now.
            if (entry.Generation == (uint)(data >> 32) && entry.Interest != 0)
            {
                entry.Callback?.Invoke(*(uint*)item);
            }
        }

        return count;
    }

    public void Dispose() => _epoll.Dispose();

    private ref Entry Find(Fd fd)
    {
        var number = fd.Number;
        if (number >= _entries.Length || _entries[number].Callback is null)
        {
            throw new InvalidOperationException($"descriptor {number} is not watched");
        }

        return ref _entries[number];
    }

    private struct Entry
    {
        public EventCallback? Callback;
        public uint Interest;
        public uint Generation;
    }
}
