namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>The v2 cpu controller (cgroup-v2.rst, "CPU"). Times in µs.</summary>
public static class Cpu
{
    /// <summary>Weight 1–10000; 100 is the default.</summary>
    public static void Weight(in CgroupWrites writes, ulong weight) => writes.Add("cpu.weight", weight.ToString());

    /// <summary>Quota zero or less for no limit. One number alone keeps the period.</summary>
    public static void Max(in CgroupWrites writes, long? quota, ulong? period)
    {
        var time = quota is > 0 ? quota.Value.ToString() : "max";
        writes.Add("cpu.max", period is { } length ? $"{time} {length}" : time,
            remedy: "quota 1000 µs at least, period 1000 to 1000000 µs");
    }

    public static void Burst(in CgroupWrites writes, ulong burst)
        => writes.Add("cpu.max.burst", burst.ToString(), remedy: "a burst needs a quota that is not smaller, and Linux 5.14");

    public static void Idle(in CgroupWrites writes, long idle) => writes.Add("cpu.idle", idle, remedy: "cpu.idle needs Linux 5.15");

    /// <summary>
    /// v1 shares (2–262144, default 1024) as a weight, by the curve that runc 1.4 documents: it passes through the
    /// minimum, the default and the maximum of both scales. 0 stays 0, "not set".
    /// </summary>
    public static ulong WeightOfShares(ulong shares)
    {
        if (shares <= 2)
        {
            return shares == 0 ? 0UL : 1UL;
        }

        if (shares >= 262144)
        {
            return 10000;
        }

        var log = Math.Log2(shares);
        return (ulong)Math.Ceiling(Math.Pow(10, (((log * log) + (125 * log)) / 612.0) - (7.0 / 34.0)));
    }

    /// <summary>The quota now in cpu.max; -1 for none.</summary>
    public static long ReadQuota(string directory) => ReadMax(directory).Quota;

    /// <summary>Quota (-1 for none) and period now in cpu.max.</summary>
    public static (long Quota, ulong Period) ReadMax(string directory)
    {
        Span<byte> buffer = stackalloc byte[64];
        var text = CgroupFile.Read(directory + "/cpu.max", buffer);
        var quota = CgroupFile.ParseLong(text) is { } number and not CgroupFile.Unlimited ? number : -1;
        var space = text.IndexOf((byte)' ');
        return (quota, space > 0 && CgroupFile.ParseLong(text[(space + 1)..]) is > 0 and var period ? (ulong)period : 100_000);
    }

    public static CpuStats Read(string directory)
    {
        Span<byte> buffer = stackalloc byte[1024];
        var stat = CgroupFile.Read(directory + "/cpu.stat", buffer);
        return new CpuStats(
            CgroupFile.Find(stat, "usage_usec"u8) ?? 0,
            CgroupFile.Find(stat, "user_usec"u8) ?? 0,
            CgroupFile.Find(stat, "system_usec"u8) ?? 0,
            CgroupFile.Find(stat, "nr_periods"u8) ?? 0,
            CgroupFile.Find(stat, "nr_throttled"u8) ?? 0,
            CgroupFile.Find(stat, "throttled_usec"u8) ?? 0);
    }
}
