namespace MyDocker.Kernel.Cgroups;

/// <summary>The cgroup controllers, by the names of cgroups(7). <see cref="BlockIo"/> is blkio on v1 and io on v2.</summary>
[Flags]
public enum Controllers
{
    None = 0,
    Memory = 1 << 0,
    Cpu = 1 << 1,
    CpuAcct = 1 << 2,
    Cpuset = 1 << 3,
    Pids = 1 << 4,
    Devices = 1 << 5,
    Freezer = 1 << 6,
    BlockIo = 1 << 7,
    Hugetlb = 1 << 8,
    Rdma = 1 << 9,
    NetClass = 1 << 10,
    NetPrio = 1 << 11,
    PerfEvent = 1 << 12,
    Misc = 1 << 13,
}

public static class ControllerNames
{
    /// <summary>What every v2 cgroup has without a controller being enabled: eBPF devices, the freezer, cpu.stat.</summary>
    public const Controllers ImplicitOnV2 = Controllers.Devices | Controllers.Freezer | Controllers.CpuAcct | Controllers.PerfEvent;

    /// <summary>The kernel's name of one controller.</summary>
    public static string Name(this Controllers controller, bool v2) => controller switch
    {
        Controllers.Memory => "memory",
        Controllers.Cpu => "cpu",
        Controllers.CpuAcct => "cpuacct",
        Controllers.Cpuset => "cpuset",
        Controllers.Pids => "pids",
        Controllers.Devices => "devices",
        Controllers.Freezer => "freezer",
        Controllers.BlockIo => v2 ? "io" : "blkio",
        Controllers.Hugetlb => "hugetlb",
        Controllers.Rdma => "rdma",
        Controllers.NetClass => "net_cls",
        Controllers.NetPrio => "net_prio",
        Controllers.PerfEvent => "perf_event",
        Controllers.Misc => "misc",
        _ => controller.ToString(),
    };

    /// <summary>The names of a set, in the order of the enumeration.</summary>
    public static string Names(this Controllers set, bool v2, string prefix = "")
    {
        var text = "";
        foreach (var one in set.Each())
        {
            text += (text.Length == 0 ? prefix : " " + prefix) + one.Name(v2);
        }

        return text;
    }

    /// <summary>The members of a set, one at a time.</summary>
    public static IEnumerable<Controllers> Each(this Controllers set)
    {
        for (var rest = (int)set; rest != 0; rest &= rest - 1)
        {
            yield return (Controllers)(rest & -rest);
        }
    }

    /// <summary>The controller of a name of either version; None for an unknown one.</summary>
    public static Controllers Parse(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("memory"u8) => Controllers.Memory,
        _ when name.SequenceEqual("cpu"u8) => Controllers.Cpu,
        _ when name.SequenceEqual("cpuacct"u8) => Controllers.CpuAcct,
        _ when name.SequenceEqual("cpuset"u8) => Controllers.Cpuset,
        _ when name.SequenceEqual("pids"u8) => Controllers.Pids,
        _ when name.SequenceEqual("devices"u8) => Controllers.Devices,
        _ when name.SequenceEqual("freezer"u8) => Controllers.Freezer,
        _ when name.SequenceEqual("blkio"u8) || name.SequenceEqual("io"u8) => Controllers.BlockIo,
        _ when name.SequenceEqual("hugetlb"u8) => Controllers.Hugetlb,
        _ when name.SequenceEqual("rdma"u8) => Controllers.Rdma,
        _ when name.SequenceEqual("net_cls"u8) => Controllers.NetClass,
        _ when name.SequenceEqual("net_prio"u8) => Controllers.NetPrio,
        _ when name.SequenceEqual("perf_event"u8) => Controllers.PerfEvent,
        _ when name.SequenceEqual("misc"u8) => Controllers.Misc,
        _ => Controllers.None,
    };

    /// <summary>The set named by a list such as "cpu,cpuacct" or "cpu memory pids"; unknown names are left out.</summary>
    public static Controllers ParseList(ReadOnlySpan<byte> list)
    {
        var set = Controllers.None;
        foreach (var range in list.SplitAny(", \n"u8))
        {
            set |= Parse(list[range]);
        }

        return set;
    }
}
