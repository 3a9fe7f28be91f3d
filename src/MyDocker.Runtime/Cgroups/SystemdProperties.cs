using System.Globalization;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Oci.Runtime;
using V1 = MyDocker.Kernel.Cgroups.V1;
using V2 = MyDocker.Kernel.Cgroups.V2;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// linux.resources as properties of a systemd unit, as runc sets them: what systemd has a property for must be one, or the
/// next daemon-reload would write systemd's own value over ours. The rest is written to the files alone.
/// </summary>
internal static class SystemdProperties
{
    /// <summary>The version since which a scope has OOMPolicy.</summary>
    public const int OomPolicyOfScopes = 253;

    private const int CpuIdle = 252, AllowedCpus = 244, QuotaPeriod = 242;
    private const ulong DefaultPeriod = 100_000; // µs

    public static List<UnitProperty> For(LinuxResources resources, CgroupMode mode, int version, bool devices)
    {
        var properties = new List<UnitProperty>();
        if (devices)
        {
            SystemdDevices.Add(properties, resources.Devices);
        }

        if (mode == CgroupMode.V2)
        {
            AddMemory(properties, resources.Memory);
        }
        else if (resources.Memory?.Limit is { } limit and not 0)
        {
            properties.Add(Size("MemoryLimit", limit));
        }

        AddCpu(properties, resources.Cpu, mode, version);
        if (resources.BlockIO?.Weight is > 0 and var weight)
        {
            properties.Add(mode == CgroupMode.V2 ? UnitProperty.Of("IOWeight", V2.Io.WeightOfBlkio(weight)) : UnitProperty.Of("BlockIOWeight", (ulong)weight));
        }

        if (resources.Pids?.Limit is { } pids)
        {
            properties.Add(UnitProperty.Of("TasksMax", pids < 0 ? UnitProperty.Infinity : (ulong)Math.Max(1, pids)));
        }

        foreach (var (file, value) in resources.Unified ?? [])
        {
            AddUnified(properties, file, value.Trim(), resources.Unified!, version);
        }

        return properties;
    }

    /// <summary>
    /// systemd keeps a quota in whole percents: a smaller one is rounded up, for the files as well, or a reload of systemd
    /// would change it.
    /// </summary>
    public static LinuxResources Rounded(LinuxResources resources)
    {
        if (resources.Cpu is not { Quota: > 0 and var quota } cpu)
        {
            return resources;
        }

        var period = cpu.Period is > 0 and var given ? given : DefaultPeriod;
        var rounded = (long)(PerSecond(quota, period) * period / 1_000_000);
        return rounded == quota ? resources : resources with { Cpu = cpu with { Quota = rounded } };
    }

    /// <summary>
    /// An update with what it leaves out and a property needs all the same, read from the cgroup: systemd takes a quota only as a
    /// share of a second, and swap only by itself.
    /// </summary>
    public static LinuxResources Completed(Cgroup cgroup, LinuxResources resources)
    {
        if (resources.Cpu is { } cpu && (cpu.Quota is null or 0) != (cpu.Period is null or 0) && cgroup.Layout.Of(Controllers.Cpu) is { } hierarchy)
        {
            var (quota, period) = hierarchy.IsV2 ? V2.Cpu.ReadMax(cgroup.DirectoryIn(hierarchy)) : V1.Cpu.ReadBandwidth(cgroup.DirectoryIn(hierarchy));
            resources = resources with { Cpu = cpu with { Quota = cpu.Quota is null or 0 ? quota : cpu.Quota, Period = cpu.Period is null or 0 ? period : cpu.Period } };
        }

        if (resources.Memory is { Swap: > 0, Limit: null or 0 } memory && cgroup.Memory() is { Limit: { } limit })
        {
            resources = resources with { Memory = memory with { Limit = limit } };
        }

        return resources;
    }

    private static void AddMemory(List<UnitProperty> properties, LinuxMemory? memory)
    {
        if (memory?.Limit is { } limit and not 0)
        {
            properties.Add(Size("MemoryMax", limit));
        }

        if (memory?.Reservation is { } reservation and not 0)
        {
            properties.Add(Size("MemoryLow", reservation));
        }

        if (memory?.Swap is < 0 || (memory is { Limit: -1 } && memory.Swap is null or 0))
        {
            properties.Add(UnitProperty.Of("MemorySwapMax", UnitProperty.Infinity));
        }
        else if (memory is { Swap: > 0, Limit: > 0 })
        {
            properties.Add(UnitProperty.Of("MemorySwapMax", (ulong)(memory.Swap.Value - memory.Limit.Value)));
        }
    }

    private static void AddCpu(List<UnitProperty> properties, LinuxCPU? cpu, CgroupMode mode, int version)
    {
        if (cpu is null)
        {
            return;
        }

        var idle = mode == CgroupMode.V2 && cpu.Idle == 1 && version >= CpuIdle;
        if (idle)
        {
            properties.Add(UnitProperty.Of("CPUWeight", 0UL)); // "idle"
        }
        else if (cpu.Shares is > 0 and var shares)
        {
            properties.Add(mode == CgroupMode.V2 ? UnitProperty.Of("CPUWeight", V2.Cpu.WeightOfShares(shares)) : UnitProperty.Of("CPUShares", shares));
        }

        if (cpu.Quota is not (null or 0) || cpu.Period is > 0)
        {
            AddQuota(properties, cpu.Quota ?? 0, cpu.Period ?? 0, version);
        }

        AddSet(properties, "AllowedCPUs", "cpu.cpus", cpu.Cpus, version);
        AddSet(properties, "AllowedMemoryNodes", "cpu.mems", cpu.Mems, version);
    }

    private static void AddQuota(List<UnitProperty> properties, long quota, ulong period, int version)
    {
        if (period > 0 && version >= QuotaPeriod)
        {
            properties.Add(UnitProperty.Of("CPUQuotaPeriodUSec", period));
        }

        properties.Add(UnitProperty.Of("CPUQuotaPerSecUSec", quota > 0 ? PerSecond(quota, period > 0 ? period : DefaultPeriod) : UnitProperty.Infinity));
    }

    /// <summary>µs of CPU time in a second of time, in whole percents.</summary>
    private static ulong PerSecond(long quota, ulong period) => (((ulong)quota * 1_000_000 / period) + 9_999) / 10_000 * 10_000;

    private static void AddSet(List<UnitProperty> properties, string property, string limit, string? list, int version)
    {
        if (string.IsNullOrEmpty(list) || version < AllowedCpus)
        {
            return;
        }

        try
        {
            properties.Add(UnitProperty.Of(property, UnitName.Mask(list)));
        }
        catch (FormatException e)
        {
            throw new CgroupLimitException(limit, Controllers.Cpuset, e.Message, "give a list such as 0-3,7");
        }
    }

    /// <summary>The files of "unified" that are properties; the others are written as they are.</summary>
    private static void AddUnified(List<UnitProperty> properties, string file, string value, Dictionary<string, string> all, int version)
    {
        var idle = all.GetValueOrDefault("cpu.idle")?.Trim() == "1" && version >= CpuIdle;
        switch (file)
        {
            case "cpu.idle" when idle:
                Replace(properties, UnitProperty.Of("CPUWeight", 0UL));
                break;
            case "cpu.weight" when !idle:
                Replace(properties, UnitProperty.Of("CPUWeight", Number(file, value)));
                break;
            case "cpu.max":
                var words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                properties.RemoveAll(property => property.Name.StartsWith("CPUQuota", StringComparison.Ordinal));
                AddQuota(properties, words is ["max", ..] or [] ? 0 : (long)Number(file, words[0]), words.Length > 1 ? Number(file, words[1]) : DefaultPeriod, version);
                break;
            case "cpuset.cpus":
                properties.RemoveAll(property => property.Name == "AllowedCPUs");
                AddSet(properties, "AllowedCPUs", "unified[\"cpuset.cpus\"]", value, version);
                break;
            case "cpuset.mems":
                properties.RemoveAll(property => property.Name == "AllowedMemoryNodes");
                AddSet(properties, "AllowedMemoryNodes", "unified[\"cpuset.mems\"]", value, version);
                break;
            case "memory.high" or "memory.low" or "memory.min" or "memory.max":
                Replace(properties, UnitProperty.Of("Memory" + char.ToUpperInvariant(file[7]) + file[8..], MaxOr(file, value)));
                break;
            case "memory.swap.max":
                Replace(properties, UnitProperty.Of("MemorySwapMax", MaxOr(file, value)));
                break;
            case "pids.max":
                Replace(properties, UnitProperty.Of("TasksMax", Math.Max(1, MaxOr(file, value))));
                break;
        }
    }

    /// <summary>"unified" has the last word over the limit that means the same.</summary>
    private static void Replace(List<UnitProperty> properties, UnitProperty property)
    {
        properties.RemoveAll(other => other.Name == property.Name);
        properties.Add(property);
    }

    private static ulong MaxOr(string file, string value) => value == "max" ? UnitProperty.Infinity : Number(file, value);

    private static ulong Number(string file, string value)
        => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new CgroupLimitException($"unified[\"{file}\"]", Controllers.None, $"\"{value}\" is not a number", "give what the file takes");

    private static UnitProperty Size(string name, long bytes) => UnitProperty.Of(name, bytes < 0 ? UnitProperty.Infinity : (ulong)bytes);
}
