using System.Globalization;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime.Events;

namespace MyDocker.Runtime.Cgroups;

public static partial class StatsReader
{
    private static CpuUsageData ReadCpuUsageV1(string directory)
    {
        const ulong Tick = 1_000_000_000 / 100; // ns; USER_HZ is 100 everywhere
        var stat = Lines(directory + "/cpuacct.stat");
        var (user, kernel) = (new List<ulong>(), new List<ulong>());
        foreach (var line in (Files.TryReadText(directory + "/cpuacct.usage_all", out _) ?? "").Split('\n').Skip(1))
        {
            var words = line.Split(' '); // cpu user system
            if (words.Length >= 3)
            {
                user.Add(ulong.Parse(words[1], CultureInfo.InvariantCulture));
                kernel.Add(ulong.Parse(words[2], CultureInfo.InvariantCulture));
            }
        }

        return new CpuUsageData
        {
            Total = Number(directory + "/cpuacct.usage") ?? 0,
            User = stat.GetValueOrDefault("user") * Tick,
            Kernel = stat.GetValueOrDefault("system") * Tick,
            PerCpu = [.. (Files.TryReadText(directory + "/cpuacct.usage_percpu", out _) ?? "").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => ulong.Parse(word, CultureInfo.InvariantCulture))],
            PerCpuUser = user,
            PerCpuKernel = kernel,
        };
    }

    private static CpusetData ReadCpuset(string directory)
    {
        ulong Value(string file) => Number($"{directory}/cpuset.{file}") ?? 0;
        return new CpusetData
        {
            Cpus = ReadSet(directory + "/cpuset.cpus"),
            Mems = ReadSet(directory + "/cpuset.mems"),
            CpuExclusive = Value("cpu_exclusive"),
            MemExclusive = Value("mem_exclusive"),
            MemHardwall = Value("mem_hardwall"),
            MemoryMigrate = Value("memory_migrate"),
            MemorySpreadPage = Value("memory_spread_page"),
            MemorySpreadSlab = Value("memory_spread_slab"),
            MemoryPressure = Value("memory_pressure"),
            SchedLoadBalance = Value("sched_load_balance"),
            SchedRelaxDomainLevel = long.TryParse(Files.TryReadText(directory + "/cpuset.sched_relax_domain_level", out _), CultureInfo.InvariantCulture, out var level) ? level : 0,
        };
    }

    /// <summary>"0-1,3" as numbers.</summary>
    private static List<ushort>? ReadSet(string path)
    {
        var numbers = new List<ushort>();
        foreach (var range in (Files.TryReadText(path, out _) ?? "").Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            for (int i = ushort.Parse(ends[0], CultureInfo.InvariantCulture); i <= ushort.Parse(ends[^1], CultureInfo.InvariantCulture); i++)
            {
                numbers.Add((ushort)i);
            }
        }

        return numbers.Count > 0 ? numbers : null;
    }

    private static MemoryData ReadMemoryV1(string directory)
    {
        var stat = Lines(directory + "/memory.stat");
        return new MemoryData
        {
            Cache = stat.GetValueOrDefault("cache"),
            Usage = Entry(directory + "/memory"),
            Swap = Entry(directory + "/memory.memsw"),
            Kernel = Entry(directory + "/memory.kmem"),
            KernelTcp = Entry(directory + "/memory.kmem.tcp"),
            Raw = stat.Count > 0 ? stat : null,
        };
    }

    private static MemoryEntry? Entry(string prefix)
        => Number(prefix + ".usage_in_bytes") is not { } usage ? null : new MemoryEntry
        {
            Usage = usage,
            Max = Number(prefix + ".max_usage_in_bytes") ?? 0,
            FailCount = Number(prefix + ".failcnt") ?? 0,
            Limit = Number(prefix + ".limit_in_bytes") ?? 0,
        };

    /// <summary>The throttling layer counts with every scheduler; BFQ's own files only what went through BFQ.</summary>
    private static BlockIoData ReadIoV1(string directory) => new()
    {
        ServiceBytes = Entries(directory + "/blkio.throttle.io_service_bytes_recursive"),
        Serviced = Entries(directory + "/blkio.throttle.io_serviced_recursive"),
    };

    /// <summary>Lines "8:0 Read 4096".</summary>
    private static List<BlockIoEntry>? Entries(string path)
    {
        var entries = new List<BlockIoEntry>();
        foreach (var line in (Files.TryReadText(path, out _) ?? "").Split('\n'))
        {
            var words = line.Split(' ', ':');
            if (words.Length == 4)
            {
                entries.Add(new BlockIoEntry
                {
                    Major = ulong.Parse(words[0], CultureInfo.InvariantCulture),
                    Minor = ulong.Parse(words[1], CultureInfo.InvariantCulture),
                    Operation = words[2],
                    Value = ulong.Parse(words[3], CultureInfo.InvariantCulture),
                });
            }
        }

        return entries.Count > 0 ? entries : null;
    }
}
