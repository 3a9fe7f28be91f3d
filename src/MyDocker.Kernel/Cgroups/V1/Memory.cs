using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The v1 memory controller (Documentation/admin-guide/cgroup-v1/memory.rst). Sizes in bytes, -1 for no limit.</summary>
public static class Memory
{
    public const string LimitFile = "memory.limit_in_bytes";
    public const string SwapLimitFile = "memory.memsw.limit_in_bytes";

    /// <summary>Memory, and memory and swap together. For a fresh cgroup in this order: memsw must never be below memory.</summary>
    public static void Limit(in CgroupWrites writes, long? bytes, long? memoryAndSwap)
    {
        const string Busy = "the processes hold more than that: stop some of them or choose a higher limit";
        if (bytes is { } limit)
        {
            writes.Add(LimitFile, limit, remedy: Busy);
        }

        if (memoryAndSwap is { } memsw)
        {
            // Without swap accounting (swapaccount=0) there is nothing to lift, and "no limit" is what there is.
            writes.Add(SwapLimitFile, memsw, optional: memsw == -1, remedy: memsw == -1 ? Busy
                : "boot with swapaccount=1 if the file is missing; memory+swap must not be below memory");
        }
    }

    public static void SoftLimit(in CgroupWrites writes, long bytes) => writes.Add("memory.soft_limit_in_bytes", bytes);

    public static void KernelLimit(in CgroupWrites writes, long bytes) => writes.Add("memory.kmem.limit_in_bytes", bytes, optional: true);

    public static void KernelTcpLimit(in CgroupWrites writes, long bytes) => writes.Add("memory.kmem.tcp.limit_in_bytes", bytes);

    public static void Swappiness(in CgroupWrites writes, ulong percent) => writes.Add("memory.swappiness", (long)percent);

    public static void UseHierarchy(in CgroupWrites writes, bool on) => writes.Add("memory.use_hierarchy", on ? 1 : 0, optional: true);

    /// <summary>At the limit: true pauses the task that asks for more until there is room, false lets the OOM killer choose.</summary>
    public static void PauseAtLimit(in CgroupWrites writes, bool pause) => writes.Add("memory.oom_control", pause ? 1 : 0);

    /// <summary>memory.oom_control: the state at the limit and the kills so far.</summary>
    public static OomState ReadOom(string directory)
    {
        Span<byte> buffer = stackalloc byte[256];
        var text = CgroupFile.Read(directory + "/memory.oom_control", buffer);
        return new OomState(
            Kills: CgroupFile.Find(text, "oom_kill"u8) ?? 0,
            UnderOom: CgroupFile.Find(text, "under_oom"u8) == 1,
            // With memory+swap at the same limit it is that counter which stops the task. Linux 6.18 counts in neither:
            // only a figure above 0 says something.
            LimitHits: (CgroupFile.ReadLong(directory + "/memory.failcnt") ?? 0) + (CgroupFile.ReadLong(directory + "/memory.memsw.failcnt") ?? 0),
            HighHits: 0,
            OutOfMemory: 0);
    }

    public static MemoryStats Read(string directory)
    {
        Span<byte> buffer = stackalloc byte[8192];
        var stat = CgroupFile.Read(directory + "/memory.stat", buffer);
        var oom = ReadOom(directory);
        var limit = CgroupFile.ReadLong(directory + "/" + LimitFile) ?? CgroupFile.Unlimited;
        return new MemoryStats
        {
            Current = CgroupFile.ReadLong(directory + "/memory.usage_in_bytes") ?? 0,
            Peak = CgroupFile.ReadLong(directory + "/memory.max_usage_in_bytes") ?? 0,
            Limit = limit == CgroupFile.Unlimited ? null : limit,
            Swap = CgroupFile.Find(stat, "total_swap"u8) ?? 0,
            Anonymous = CgroupFile.Find(stat, "total_rss"u8) ?? 0,
            File = CgroupFile.Find(stat, "total_cache"u8) ?? 0,
            InactiveFile = CgroupFile.Find(stat, "total_inactive_file"u8) ?? 0,
            ActiveFile = CgroupFile.Find(stat, "total_active_file"u8) ?? 0,
            LimitHits = oom.LimitHits,
            OomKills = oom.Kills,
            UnderOom = oom.UnderOom,
        };
    }

    /// <summary>An eventfd that counts each time the cgroup is at its limit (cgroup.event_control).</summary>
    internal static Fd RegisterOomEvent(string directory)
    {
        const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;
        var number = Syscall.Check(Syscall.Invoke(Nr.eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK), "make", "eventfd for " + directory);
        var events = new Fd((int)number);
        using var control = Files.Open(directory + "/memory.oom_control", OpenFlags.O_RDONLY);
        var errno = Files.TryWriteExisting(directory + "/cgroup.event_control", $"{events.Number} {control.Number}");
        if (errno == Errno.None)
        {
            return events;
        }

        events.Dispose();
        throw new KernelException("watch for out of memory", directory, errno);
    }
}
