using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>Memory against memory.high, in bytes.</summary>
/// <param name="High"><see cref="CgroupFile.Unlimited"/> for none.</param>
/// <param name="Cache">of the use, what are pages of files.</param>
/// <param name="SwapFree">how much more of it could be swapped out.</param>
public readonly record struct MemoryPressure(long Current, long High, long Cache, long SwapFree);

/// <summary>The v2 memory controller (cgroup-v2.rst, "Memory"). Sizes in bytes, below zero for no limit.</summary>
public static class Memory
{
    public static void Max(in CgroupWrites writes, long bytes) => writes.Add("memory.max", Text(bytes));

    /// <summary>Above this, tasks are throttled and reclaimed from, never killed.</summary>
    public static void High(in CgroupWrites writes, long bytes) => writes.Add("memory.high", Text(bytes));

    /// <summary>Protected from reclaim of the rest of the host as far as possible.</summary>
    public static void Low(in CgroupWrites writes, long bytes) => writes.Add("memory.low", Text(bytes));

    /// <summary>Swap alone, unlike v1. The file is missing on a kernel without swap: then no swap and no limit both hold.</summary>
    public static void SwapMax(in CgroupWrites writes, long bytes)
        => writes.Add("memory.swap.max", Text(bytes), optional: bytes <= 0, remedy: "this kernel does not account swap (CONFIG_SWAP, swapaccount=1)");

    public static MemoryStats Read(string directory)
    {
        Span<byte> buffer = stackalloc byte[8192];
        var stat = CgroupFile.Read(directory + "/memory.stat", buffer);
        Span<byte> small = stackalloc byte[256];
        var events = CgroupFile.Read(directory + "/memory.events", small);
        var limit = CgroupFile.ReadLong(directory + "/memory.max") ?? CgroupFile.Unlimited;
        var current = CgroupFile.ReadLong(directory + "/memory.current") ?? 0;
        return new MemoryStats
        {
            Current = current,
            Peak = CgroupFile.ReadLong(directory + "/memory.peak") ?? current, // Linux 5.19
            Limit = limit == CgroupFile.Unlimited ? null : limit,
            Swap = CgroupFile.ReadLong(directory + "/memory.swap.current") ?? 0,
            Anonymous = CgroupFile.Find(stat, "anon"u8) ?? 0,
            File = CgroupFile.Find(stat, "file"u8) ?? 0,
            InactiveFile = CgroupFile.Find(stat, "inactive_file"u8) ?? 0,
            ActiveFile = CgroupFile.Find(stat, "active_file"u8) ?? 0,
            LimitHits = CgroupFile.Find(events, "max"u8) ?? 0,
            OomKills = CgroupFile.Find(events, "oom_kill"u8) ?? 0,
            UnderOom = false,
        };
    }

    /// <summary>The counters of memory.events.</summary>
    public static OomState ReadOom(string directory)
    {
        Span<byte> buffer = stackalloc byte[256];
        var events = CgroupFile.Read(directory + "/memory.events", buffer);
        return new OomState(
            Kills: CgroupFile.Find(events, "oom_kill"u8) ?? 0,
            UnderOom: false,
            LimitHits: CgroupFile.Find(events, "max"u8) ?? 0,
            HighHits: CgroupFile.Find(events, "high"u8) ?? 0,
            OutOfMemory: CgroupFile.Find(events, "oom"u8) ?? 0);
    }

    /// <summary>
    /// Asks the kernel to free some of the cgroup's memory now (memory.reclaim, Linux 5.19). True if it found that much.
    /// </summary>
    public static bool TryReclaim(string directory, long bytes)
        => Files.TryWriteExisting(directory + "/memory.reclaim", bytes.ToString()) == Errno.None;

    /// <summary>Sets memory.high now; the kernel reclaims down to it as far as it can, before the write returns.</summary>
    public static Errno TrySetHigh(string directory, long bytes) => Files.TryWriteExisting(directory + "/memory.high", Text(bytes));

    /// <summary>How near the cgroup is to its memory.high. Two small reads, and memory.stat where it is near.</summary>
    /// <param name="margin">of the limit, as a distance in bytes.</param>
    public static MemoryPressure ReadPressure(string directory, long margin)
    {
        var high = CgroupFile.ReadLong(directory + "/memory.high") ?? CgroupFile.Unlimited;
        var current = CgroupFile.ReadLong(directory + "/memory.current") ?? 0;
        if (high == CgroupFile.Unlimited || current < high - margin)
        {
            return new MemoryPressure(current, high, 0, 0);
        }

        Span<byte> buffer = stackalloc byte[8192];
        var stat = CgroupFile.Read(directory + "/memory.stat", buffer);
        var cache = (CgroupFile.Find(stat, "inactive_file"u8) ?? 0) + (CgroupFile.Find(stat, "active_file"u8) ?? 0);
        var swapMax = CgroupFile.ReadLong(directory + "/memory.swap.max") ?? 0;
        var swapFree = swapMax == 0 ? 0
            : Math.Min(swapMax - (CgroupFile.ReadLong(directory + "/memory.swap.current") ?? 0), HostSwapFree(buffer));
        return new MemoryPressure(current, high, cache, Math.Max(0, swapFree));
    }

    private static long HostSwapFree(Span<byte> buffer)
    {
        var text = CgroupFile.Read("/proc/meminfo", buffer);
        var start = text.IndexOf("SwapFree:"u8);
        return start < 0 ? 0 : (CgroupFile.ParseLong(text[(start + 9)..].TrimStart((byte)' ')) ?? 0) * 1024;
    }

    private static string Text(long bytes) => bytes < 0 ? "max" : bytes.ToString();
}
