using System.Globalization;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime.Events;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// All counters of a container, for <c>events</c>: what the files say, in runc's shape, of v1, v2 or both. What a host does not
/// have is left out.
/// </summary>
public static partial class StatsReader
{
    /// <param name="pid">the container's init, whose interfaces are counted; 0: none are.</param>
    public static StatsData Read(Cgroup cgroup, int pid = 0) => new()
    {
        Cpu = ReadCpu(cgroup),
        Cpuset = cgroup.Layout.Of(Controllers.Cpuset) is { IsV2: false } cpuset ? ReadCpuset(cgroup.DirectoryIn(cpuset)) : new CpusetData(),
        Memory = cgroup.Layout.Of(Controllers.Memory) is not { } memory ? new MemoryData()
            : memory.IsV2 ? ReadMemoryV2(cgroup.DirectoryIn(memory)) : ReadMemoryV1(cgroup.DirectoryIn(memory)),
        Pids = ReadPids(cgroup),
        BlockIo = cgroup.Layout.Of(Controllers.BlockIo) is not { } io ? new BlockIoData()
            : io.IsV2 ? ReadIoV2(cgroup.DirectoryIn(io)) : ReadIoV1(cgroup.DirectoryIn(io)),
        Hugetlb = ReadHugetlb(cgroup),
        NetworkInterfaces = pid > 0 ? ReadInterfaces($"/proc/{pid}/net/dev") : null,
    };

    /// <summary>What is counted without a cgroup; the rest is empty, as where a host lacks a controller.</summary>
    public static StatsData ReadWithoutCgroup(int pid) => new() { NetworkInterfaces = ReadInterfaces($"/proc/{pid}/net/dev") };

    private static CpuData ReadCpu(Cgroup cgroup)
    {
        var accounting = cgroup.Layout.Of(Controllers.CpuAcct);
        var cpu = cgroup.Layout.Of(Controllers.Cpu);
        if (accounting is { IsV2: true })
        {
            var stat = Lines($"{cgroup.DirectoryIn(accounting)}/cpu.stat");
            return new CpuData
            {
                Usage = new CpuUsageData { Total = stat.GetValueOrDefault("usage_usec") * 1000, Kernel = stat.GetValueOrDefault("system_usec") * 1000, User = stat.GetValueOrDefault("user_usec") * 1000 },
                Throttling = Throttling(stat, "throttled_usec", 1000),
                Pressure = ReadPressure($"{cgroup.DirectoryIn(accounting)}/cpu.pressure"),
            };
        }

        return new CpuData
        {
            Usage = accounting is null ? null : ReadCpuUsageV1(cgroup.DirectoryIn(accounting)),
            Throttling = cpu is null ? null : Throttling(Lines($"{cgroup.DirectoryIn(cpu)}/cpu.stat"), "throttled_time", 1),
        };
    }

    private static ThrottlingData? Throttling(Dictionary<string, ulong> stat, string time, ulong unit)
    {
        var data = new ThrottlingData { Periods = stat.GetValueOrDefault("nr_periods"), ThrottledPeriods = stat.GetValueOrDefault("nr_throttled"), ThrottledTime = stat.GetValueOrDefault(time) * unit };
        return data == new ThrottlingData() ? null : data;
    }

    private static PidsData ReadPids(Cgroup cgroup)
    {
        if (cgroup.DirectoryOf(Controllers.Pids) is not { } directory || !Files.Exists(directory + "/pids.current"))
        {
            return new PidsData { Current = (ulong)cgroup.Processes().Count };
        }

        var limit = Number(directory + "/pids.max");
        return new PidsData { Current = Number(directory + "/pids.current") ?? 0, Limit = limit is null or ulong.MaxValue ? 0 : limit.Value };
    }

    private static Dictionary<string, HugetlbData> ReadHugetlb(Cgroup cgroup)
    {
        var pages = new Dictionary<string, HugetlbData>();
        if (cgroup.Layout.Of(Controllers.Hugetlb) is not { } hierarchy)
        {
            return pages;
        }

        var directory = cgroup.DirectoryIn(hierarchy);
        foreach (var size in HugePageSizes())
        {
            // Reservations, where the kernel counts them (5.7): what a program may still use is decided there.
            var file = $"{directory}/hugetlb.{size}.rsvd";
            file = Files.Exists(file + (hierarchy.IsV2 ? ".current" : ".usage_in_bytes")) ? file : $"{directory}/hugetlb.{size}";
            var usage = Number(file + (hierarchy.IsV2 ? ".current" : ".usage_in_bytes"));
            if (usage is not null)
            {
                pages[size] = hierarchy.IsV2
                    ? new HugetlbData { Usage = usage.Value, FailCount = Lines($"{directory}/hugetlb.{size}.events").GetValueOrDefault("max") }
                    : new HugetlbData { Usage = usage.Value, Max = Number(file + ".max_usage_in_bytes") ?? 0, FailCount = Number(file + ".failcnt") ?? 0 };
            }
        }

        return pages;
    }

    /// <summary>"2MB", "1GB", of /sys/kernel/mm/hugepages/hugepages-2048kB.</summary>
    private static IEnumerable<string> HugePageSizes()
    {
        foreach (var name in Files.List("/sys/kernel/mm/hugepages"))
        {
            if (name.StartsWith("hugepages-", StringComparison.Ordinal) && name.EndsWith("kB", StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(10, name.Length - 12), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            {
                var unit = 0;
                while (size >= 1024 && unit < 2)
                {
                    size /= 1024;
                    unit++;
                }

                yield return size + "KMG"[unit].ToString() + "B";
            }
        }
    }

    /// <summary>proc_pid_net(5): two lines of head, then "eth0: bytes packets errs drop fifo frame compressed multicast bytes …".</summary>
    private static List<InterfaceData>? ReadInterfaces(string path)
    {
        if (Files.TryReadText(path, out _) is not { } text)
        {
            return null;
        }

        var interfaces = new List<InterfaceData>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2))
        {
            var colon = line.LastIndexOf(':');
            var name = line[..Math.Max(0, colon)].Trim();
            var words = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (colon < 0 || name == "lo" || words.Length < 12)
            {
                continue;
            }

            ulong At(int index) => ulong.Parse(words[index], CultureInfo.InvariantCulture);
            interfaces.Add(new InterfaceData
            {
                Name = name,
                RxBytes = At(0), RxPackets = At(1), RxErrors = At(2), RxDropped = At(3),
                TxBytes = At(8), TxPackets = At(9), TxErrors = At(10), TxDropped = At(11),
            });
        }

        return interfaces;
    }

    /// <summary>"key value" lines; those without a number are left out.</summary>
    private static Dictionary<string, ulong> Lines(string path)
    {
        var values = new Dictionary<string, ulong>();
        foreach (var line in (Files.TryReadText(path, out _) ?? "").Split('\n'))
        {
            var space = line.IndexOf(' ');
            if (space > 0 && ulong.TryParse(line.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                values[line[..space]] = value;
            }
        }

        return values;
    }

    /// <summary>The number in a file as it is, "max" as the largest; null if it cannot be read.</summary>
    private static ulong? Number(string path)
    {
        var text = Files.TryReadText(path, out _)?.Trim();
        return text == "max" ? ulong.MaxValue : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
