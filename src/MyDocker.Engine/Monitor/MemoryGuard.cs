using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using V2 = MyDocker.Kernel.Cgroups.V2;

namespace MyDocker.Engine.Monitor;

/// <summary>What a guard does about a reading.</summary>
internal enum GuardAction
{
    /// <summary>It is below the limit.</summary>
    Nothing,

    /// <summary>At the limit, but the kernel can make room: ask it to, and look again later.</summary>
    Reclaim,

    /// <summary>At the limit, and what is there cannot go away.</summary>
    Freeze,
}

/// <summary>
/// Pauses a container at its memory limit on cgroup v2 (see <see cref="PauseLimits"/>). Lives in the monitor's loop:
/// <list type="number">
/// <item>memory.events.local says that memory.high was passed, or memory.pressure that tasks stand still for memory;</item>
/// <item>is it file cache that fills the limit, the kernel is asked once to drop some, and goes on doing so by itself: no pause;</item>
/// <item>else the cgroup is frozen. <c>update -m</c> raises the limits and thaws it; the guard sees that and goes on watching.</item>
/// </list>
/// Between the passing and the freeze the kernel delays every task that allocates, the longer the farther it is above.
/// </summary>
internal sealed class MemoryGuard : IDisposable
{
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(50);

    private readonly EventLoop _loop;
    private readonly string _directory;
    private readonly Action<bool> _paused;
    private readonly V2.HighWatch _watch;
    private readonly TimerFd _timer = new();
    private bool _resting;
    private bool _reclaimed;

    /// <param name="paused">told when the container was paused here, and when it was thawed by somebody.</param>
    /// <param name="isPaused">whether an earlier guard has paused it.</param>
    public MemoryGuard(EventLoop loop, Cgroup cgroup, Action<bool> paused, bool isPaused = false)
    {
        _loop = loop;
        _directory = cgroup.DirectoryOf(Controllers.Memory) ?? throw new CgroupException("watch for the memory limit", Errno.None, "this host has no memory controller");
        _paused = paused;
        IsPaused = isPaused;
        _watch = V2.HighWatch.Start(_directory);
        _loop.Add(_watch.Events, EpollEvents.EPOLLIN, _ => OnEvents());
        _loop.Add(_timer.Fd, EpollEvents.EPOLLIN, _ => OnTimer());
        if (_watch.Pressure is { } pressure)
        {
            _loop.Add(pressure, EpollEvents.EPOLLPRI, OnPressure);
        }

        OnEvents(); // what happened before there was a watch
    }

    public bool IsPaused { get; private set; }

    /// <summary>The judgement, of figures alone.</summary>
    /// <param name="stalled">the kernel says that all tasks stood still for memory.</param>
    public static GuardAction Decide(in V2.MemoryPressure now, bool stalled)
    {
        var margin = MarginOf(now.High);
        if (now.High == CgroupFile.Unlimited || now.Current < now.High - margin)
        {
            return GuardAction.Nothing;
        }

        // Standing still with an eighth of cache left, it is the program's own text that is thrown out and read again.
        var bound = now.Current - now.Cache;
        if (stalled && bound >= now.High - (now.High / 8))
        {
            return GuardAction.Freeze;
        }

        return bound < now.High - margin || now.SwapFree > margin ? GuardAction.Reclaim : GuardAction.Freeze;
    }

    /// <summary>Pages are charged in batches: so near to the limit is at the limit.</summary>
    private static long MarginOf(long high) => Math.Min(high / 32, 512 << 10);

    public void Dispose()
    {
        _loop.Remove(_watch.Events);
        _loop.Remove(_timer.Fd);
        if (_watch.Pressure is { } pressure && _loop.Watches(pressure))
        {
            _loop.Remove(pressure);
        }

        _watch.Dispose();
        _timer.Dispose();
    }

    private void OnEvents()
    {
        _watch.Drain();
        if (IsPaused)
        {
            // cgroup.freeze and not cgroup.events: whether it was asked to stand, not whether the last task does.
            Span<byte> text = stackalloc byte[8];
            if (CgroupFile.Read(_directory + "/cgroup.freeze", text).StartsWith("0"u8))
            {
                IsPaused = false;
                _paused(false);
            }
        }

        if (!IsPaused && !_resting)
        {
            Look(stalled: false);
        }
    }

    private void OnPressure(uint events)
    {
        if ((events & EpollEvents.EPOLLERR) != 0)
        {
            _loop.Remove(_watch.Pressure!); // the cgroup is gone
        }
        else if (!IsPaused)
        {
            Look(stalled: true);
        }
    }

    private void OnTimer()
    {
        _timer.Read();
        _resting = false;
        OnEvents();
    }

    private void Look(bool stalled)
    {
        var high = CgroupFile.ReadLong(_directory + "/memory.high") ?? CgroupFile.Unlimited;
        var now = V2.Memory.ReadPressure(_directory, MarginOf(high));
        var action = Decide(now, stalled);
        if (action == GuardAction.Reclaim)
        {
            Reclaim(now, stalled);
        }
        else if (action == GuardAction.Freeze && StaysAtLimit(now, stalled))
        {
            Freeze();
        }
        else
        {
            _reclaimed = false;
        }
    }

    /// <summary>
    /// Each CPU takes a batch of pages from the cgroup in advance (a quarter of a megabyte), which counts as used: much, against
    /// a limit of a megabyte. Written again, memory.high makes the kernel give the batches back first.
    /// </summary>
    private bool StaysAtLimit(in V2.MemoryPressure now, bool stalled)
    {
        const long Small = 16 << 20;
        if (now.High >= Small || V2.Memory.TrySetHigh(_directory, now.High) != Errno.None)
        {
            return true;
        }

        return Decide(V2.Memory.ReadPressure(_directory, MarginOf(now.High)), stalled) == GuardAction.Freeze;
    }

    private void Reclaim(in V2.MemoryPressure now, bool stalled)
    {
        // Once for each time that it comes to the limit: from then on the kernel does it for every page more. What would have to
        // be swapped out is tried each time, as only trying tells.
        var swaps = now.Current - now.Cache >= now.High - MarginOf(now.High);
        if ((!_reclaimed || swaps) && !V2.Memory.TryReclaim(_directory, Math.Max(4096, now.Current - now.High + MarginOf(now.High))) && swaps)
        {
            if (Decide(V2.Memory.ReadPressure(_directory, MarginOf(now.High)) with { SwapFree = 0 }, stalled) == GuardAction.Freeze)
            {
                Freeze();
                return;
            }
        }

        _reclaimed = true;
        _resting = true;
        _timer.Set(s_rest);
    }

    private void Freeze()
    {
        if (V2.Freezer.TryRequest(_directory) == Errno.None)
        {
            IsPaused = true;
            _paused(true);
        }
    }
}
