using System.Buffers;

namespace MyDocker.Kernel.Cgroups.V2;

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
        var buffer = ArrayPool<byte>.Shared.Rent(8192);
        var stat = CgroupFile.Read(directory + "/memory.stat", buffer);
        Span<byte> small = stackalloc byte[256];
        var events = CgroupFile.Read(directory + "/memory.events", small);
        var limit = CgroupFile.ReadLong(directory + "/memory.max") ?? CgroupFile.Unlimited;
        var current = CgroupFile.ReadLong(directory + "/memory.current") ?? 0;
        var stats = new MemoryStats
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
        ArrayPool<byte>.Shared.Return(buffer);
        return stats;
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

    private static string Text(long bytes) => bytes < 0 ? "max" : bytes.ToString();
}
