namespace MyDocker.Kernel.Cgroups;

/// <summary>Memory of a cgroup and those below it, in bytes.</summary>
public sealed record MemoryStats
{
    public long Current { get; init; }

    /// <summary>The most since the cgroup was made. On v2 before Linux 5.19 the same as <see cref="Current"/>.</summary>
    public long Peak { get; init; }

    /// <summary>Null for no limit.</summary>
    public long? Limit { get; init; }

    public long Swap { get; init; }
    public long Anonymous { get; init; }

    /// <summary>Page cache, tmpfs included.</summary>
    public long File { get; init; }

    public long InactiveFile { get; init; }
    public long ActiveFile { get; init; }

    /// <summary>How often the limit was hit (v2 memory.events max; v1 failcnt, which Linux 6.18 leaves at 0).</summary>
    public long LimitHits { get; init; }

    public long OomKills { get; init; }

    /// <summary>v1: a task stands at the limit right now.</summary>
    public bool UnderOom { get; init; }

    /// <summary>What the kernel cannot simply drop: current use without the file cache (tmpfs is not on the file lists).</summary>
    public long NotReclaimable => Math.Max(0, Current - InactiveFile - ActiveFile);
}

/// <summary>CPU time, in µs.</summary>
/// <param name="Usage">all CPU time used.</param>
/// <param name="Periods">periods with a quota in which the cgroup ran.</param>
/// <param name="ThrottledPeriods">of these, the ones in which the quota ran out.</param>
public sealed record CpuStats(long Usage, long User, long System, long Periods, long ThrottledPeriods, long Throttled);

/// <param name="Limit">null for no limit.</param>
public sealed record PidsStats(long Current, long? Limit);

/// <summary>Input and output of one block device.</summary>
public sealed record IoStats(int Major, int Minor, long ReadBytes, long WriteBytes, long ReadOperations, long WriteOperations);

/// <summary>The counters of a container; null where the host has no such controller or the cgroup is not in it.</summary>
public sealed record CgroupStats(MemoryStats? Memory, CpuStats? Cpu, PidsStats? Pids, IReadOnlyList<IoStats> Io);

/// <summary>What the kernel says about memory shortage in a cgroup.</summary>
/// <param name="Kills">processes that the OOM killer took.</param>
/// <param name="UnderOom">v1: a task is waiting at the limit.</param>
/// <param name="LimitHits">v1 failcnt; v2 "max".</param>
/// <param name="HighHits">v2: times above memory.high.</param>
/// <param name="OutOfMemory">v2: times the limit could not be kept by reclaim.</param>
public readonly record struct OomState(long Kills, bool UnderOom, long LimitHits, long HighHits, long OutOfMemory);
