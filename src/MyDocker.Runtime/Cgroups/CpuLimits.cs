using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using V1 = MyDocker.Kernel.Cgroups.V1;
using V2 = MyDocker.Kernel.Cgroups.V2;

namespace MyDocker.Runtime.Cgroups;

/// <summary>linux.resources.cpu (config-linux.md, "CPU"). Zero means "not set"; a quota of -1 "no limit".</summary>
internal static class CpuLimits
{
    public static void Add(LimitContext context, LinuxCPU? cpu)
    {
        if (cpu is null)
        {
            return;
        }

        AddCpuset(context, cpu);
        if (cpu.Shares is > 0 || Given(cpu.Quota) is not null || cpu.Period is > 0 || cpu.Burst is not null || cpu.Idle is not null
            || cpu.RealtimePeriod is > 0 || Given(cpu.RealtimeRuntime) is not null)
        {
            Check(cpu);
            var writes = context.For(Controllers.Cpu, "cpu.quota", out var v2);
            if (v2)
            {
                AddV2(context, writes, cpu);
            }
            else
            {
                AddV1(writes, cpu);
            }
        }
    }

    private static void Check(LinuxCPU cpu)
    {
        if (cpu.Period is > 0 and (< 1000 or > 1_000_000))
        {
            throw new CgroupLimitException("cpu.period", Controllers.Cpu, $"{cpu.Period} µs is out of range", "give 1000 to 1000000 µs");
        }

        if (cpu.Quota is > 0 and < 1000)
        {
            throw new CgroupLimitException("cpu.quota", Controllers.Cpu, $"{cpu.Quota} µs is out of range", "give 1000 µs or more, or -1 for no limit");
        }
    }

    private static void AddCpuset(LimitContext context, LinuxCPU cpu)
    {
        if (string.IsNullOrEmpty(cpu.Cpus) && string.IsNullOrEmpty(cpu.Mems))
        {
            return;
        }

        var writes = context.For(Controllers.Cpuset, string.IsNullOrEmpty(cpu.Cpus) ? "cpu.mems" : "cpu.cpus", out var v2);
        if (v2)
        {
            V2.Cpuset.Set(writes, cpu.Cpus, cpu.Mems);
        }
        else
        {
            V1.Cpuset.Set(writes, cpu.Cpus, cpu.Mems);
        }
    }

    private static void AddV1(CgroupWrites writes, LinuxCPU cpu)
    {
        V1.Cpu.Realtime(writes, Given(cpu.RealtimeRuntime), cpu.RealtimePeriod is > 0 ? cpu.RealtimePeriod : null);
        if (cpu.Shares is > 0 and var shares && cpu.Idle is not 1)
        {
            // The kernel would round them without a word.
            V1.Cpu.Shares(writes, shares is >= 2 and <= 262144 ? shares : throw new CgroupLimitException(
                "cpu.shares", Controllers.Cpu, $"{shares} is out of range", "give 2 to 262144"));
        }

        V1.Cpu.Bandwidth(writes, Given(cpu.Quota), cpu.Period is > 0 ? cpu.Period : null, cpu.Burst);
        if (cpu.Idle is { } idle)
        {
            V1.Cpu.Idle(writes, idle);
        }
    }

    private static void AddV2(LimitContext context, CgroupWrites writes, LinuxCPU cpu)
    {
        if (cpu.RealtimePeriod is > 0 || Given(cpu.RealtimeRuntime) is not null)
        {
            throw LimitContext.OnlyOnV1(cpu.RealtimePeriod is > 0 ? "cpu.realtimePeriod" : "cpu.realtimeRuntime", Controllers.Cpu,
                "leave it out: real-time tasks are not divided by cgroup there");
        }

        if (cpu.Idle is { } idle)
        {
            V2.Cpu.Idle(writes, idle);
        }

        // An idle cgroup has the least weight there is, and refuses another (EINVAL).
        if (cpu.Shares is > 0 and var shares && cpu.Idle is not 1)
        {
            V2.Cpu.Weight(writes, V2.Cpu.WeightOfShares(shares));
        }

        ulong? period = cpu.Period is > 0 ? cpu.Period : null;
        var quota = Given(cpu.Quota);
        if (quota is not null || period is not null)
        {
            quota ??= context.IsUpdate ? V2.Cpu.ReadQuota(writes.Directory) : -1;
            V2.Cpu.Max(writes, quota, period);
        }

        if (cpu.Burst is { } burst)
        {
            V2.Cpu.Burst(writes, burst);
        }
    }

    private static long? Given(long? value) => value is 0 ? null : value;
}
