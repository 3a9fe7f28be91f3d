using System.Diagnostics;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

public enum OomEvent
{
    /// <summary>The time is up.</summary>
    Nothing,

    /// <summary>A process was killed for memory, or, on v1, a task is at the limit.</summary>
    OutOfMemory,

    /// <summary>The last process has ended or the cgroup is gone: there will be no more.</summary>
    Ended,
}

/// <summary>
/// Waits for what <c>events</c> tells: kills for memory, and the end of the container. If that was a kill, systemd may remove the
/// scope before its counters are read: then the kernel log tells.
/// </summary>
public sealed unsafe class OomEvents : IDisposable
{
    private readonly string _directory;
    private readonly OomWatch? _watch;
    private readonly Fd? _events;
    private readonly string _path;
    private readonly OomLog? _log;
    private long _kills;
    private bool _isTold;

    private OomEvents(string directory, OomWatch? watch, Fd? events, string path)
    {
        (_directory, _watch, _events, _path) = (directory, watch, events, path);
        _log = watch is null ? null : OomLog.TryOpen(fromNow: true);
        _kills = watch?.Read().Kills ?? 0;
    }

    /// <summary>Counts from now on. A host without a memory controller has no such events but the end.</summary>
    public static OomEvents Watch(Cgroup cgroup)
    {
        var memory = cgroup.Layout.Of(Controllers.Memory);
        var watch = memory is null || !Files.Exists(cgroup.DirectoryIn(memory)) ? null : cgroup.WatchOom();
        var directory = cgroup.ProcessDirectory;
        Files.TryOpen(directory + "/cgroup.events", OpenFlags.O_RDONLY, out var events);
        return new OomEvents(directory, watch, events, cgroup.Path);
    }

    public OomEvent Wait(int timeoutMilliseconds)
    {
        const int POLLIN = 1, POLLPRI = 2, Turn = 1000; // a v1 cgroup does not say that it is empty
        var end = Stopwatch.GetTimestamp() + (timeoutMilliseconds * Stopwatch.Frequency / 1000);
        var entries = stackalloc long[2];
        var time = stackalloc long[2];
        while (true)
        {
            if (!Files.Exists(_directory))
            {
                return End();
            }

            // struct pollfd: int fd, short events, short revents; a negative descriptor is left out
            entries[0] = (uint)(_watch?.Fd.Number ?? -1) | ((long)POLLIN << 32);
            entries[1] = (uint)(_events?.Number ?? -1) | ((long)POLLPRI << 32);
            var left = (int)Math.Max(0, (end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency);
            time[0] = Math.Min(left, Turn) / 1000;
            time[1] = Math.Min(left, Turn) % 1000 * 1_000_000L;
            Syscall.Retry(Nr.ppoll, (nint)entries, 2, (nint)time, 0, 8);
            if (IsOutOfMemory())
            {
                _isTold = true;
                return OomEvent.OutOfMemory;
            }

            if (_events is not null && IsEmpty())
            {
                return End();
            }

            if (left == 0)
            {
                return OomEvent.Nothing;
            }
        }
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _events?.Dispose();
        _log?.Dispose();
    }

    /// <summary>The last word but one is a kill that was not told yet.</summary>
    private OomEvent End()
    {
        if (_isTold || _log?.ReadLast(_path) is null)
        {
            return OomEvent.Ended;
        }

        _isTold = true;
        return OomEvent.OutOfMemory;
    }

    private bool IsOutOfMemory()
    {
        if (_watch is null)
        {
            return false;
        }

        Span<byte> count = stackalloc byte[8];
        var rang = !_watch.IsV2 && Files.Read(_watch.Fd, count) > 0;
        var state = _watch.Read();
        var killed = state.Kills > _kills;
        _kills = Math.Max(_kills, state.Kills);
        return killed || (rang && Files.Exists(_directory));
    }

    private bool IsEmpty()
    {
        Span<byte> buffer = stackalloc byte[128];
        Syscall.Invoke(Nr.lseek, _events!.Number, 0, 0);
        var count = Files.Read(_events, buffer);
        return count <= 0 || CgroupFile.Find(buffer[..count], "populated"u8) == 0;
    }
}
