namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The v1 cpu controller (scheduler/sched-bwc.rst, sched-rt-group.rst). Times in µs, quota -1 for no limit.</summary>
public static class Cpu
{
    public static void Shares(in CgroupWrites writes, ulong shares) => writes.Add("cpu.shares", shares.ToString());

    /// <summary>The period before the quota: a quota is checked against its share of the parent's.</summary>
    public static void Bandwidth(in CgroupWrites writes, long? quota, ulong? period, ulong? burst)
    {
        const string Parent = "1000 µs at least, the period 1000000 µs at most, and no larger share than the parent cgroup has";
        if (period is { } length)
        {
            writes.Add("cpu.cfs_period_us", length.ToString(), remedy: Parent);
        }

        if (quota is { } time)
        {
            writes.Add("cpu.cfs_quota_us", time, remedy: Parent);
        }

        if (burst is { } extra)
        {
            writes.Add("cpu.cfs_burst_us", extra.ToString(), remedy: "a burst needs a quota that is not smaller, and Linux 5.14");
        }
    }

    /// <summary>Quota (-1 for none) and period as they are.</summary>
    public static (long Quota, ulong Period) ReadBandwidth(string directory)
        => (CgroupFile.ReadLong(directory + "/cpu.cfs_quota_us") ?? -1, (ulong)(CgroupFile.ReadLong(directory + "/cpu.cfs_period_us") ?? 100_000));

    public static void Idle(in CgroupWrites writes, long idle) => writes.Add("cpu.idle", idle, remedy: "cpu.idle needs Linux 5.15");

    /// <summary>Real-time budget; must stand before a real-time task joins. Parents need a budget too.</summary>
    public static void Realtime(in CgroupWrites writes, long? runtime, ulong? period)
    {
        const string Remedy = "real-time budgets need CONFIG_RT_GROUP_SCHED and a budget in every parent cgroup";
        if (period is { } length)
        {
            writes.Add("cpu.rt_period_us", length.ToString(), remedy: Remedy);
        }

        if (runtime is { } time)
        {
            writes.Add("cpu.rt_runtime_us", time, remedy: Remedy);
        }
    }

    /// <param name="cpu">directory in the hierarchy of cpu, or null.</param>
    /// <param name="cpuAcct">directory in the hierarchy of cpuacct, or null.</param>
    public static CpuStats Read(string? cpu, string? cpuAcct)
    {
        Span<byte> buffer = stackalloc byte[1024];
        var stat = cpu is null ? [] : CgroupFile.Read(cpu + "/cpu.stat", buffer);
        var periods = CgroupFile.Find(stat, "nr_periods"u8) ?? 0;
        var throttled = CgroupFile.Find(stat, "nr_throttled"u8) ?? 0;
        var throttledTime = CgroupFile.Find(stat, "throttled_time"u8) ?? 0;
        return new CpuStats(
            Usage: (cpuAcct is null ? 0 : CgroupFile.ReadLong(cpuAcct + "/cpuacct.usage") ?? 0) / 1000,
            User: (cpuAcct is null ? 0 : CgroupFile.ReadLong(cpuAcct + "/cpuacct.usage_user") ?? 0) / 1000,
            System: (cpuAcct is null ? 0 : CgroupFile.ReadLong(cpuAcct + "/cpuacct.usage_sys") ?? 0) / 1000,
            periods,
            throttled,
            throttledTime / 1000);
    }
}
