using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands.Run;

/// <summary>How much of the machine the container gets.</summary>
internal static class RunLimits
{
    private const string Area = "Limits";

    public static readonly OptionSpec Memory = new("memory", 'm', "SIZE", Area, "At most this much memory: bytes, or 300k, 25m, 1g") { Default = "no limit" };
    public static readonly OptionSpec MemorySwap = new("memory-swap", '\0', "SIZE", Area, "At most this much memory and swap together; -1 for no limit");
    public static readonly OptionSpec CpuPeriod = new("cpu-period", 'c', "MICROSECONDS", Area, "Length of a CPU period, 1000 to 1000000") { Default = "100000" };
    public static readonly OptionSpec CpuQuota = new("cpu-quota", 'q', "MICROSECONDS", Area, "CPU time in each period, 1000 or more; more than the period is more than one CPU") { Default = "no limit" };
    public static readonly OptionSpec Cpus = new("cpus", '\0', "NUMBER", Area, "At most this many CPUs, such as 1.5; in place of -c and -q");
    public static readonly OptionSpec CpusetCpus = new("cpuset-cpus", '\0', "LIST", Area, "Run on these CPUs only, such as 0-2,4");
    public static readonly OptionSpec MemoryReservation = new("memory-reservation", '\0', "SIZE", Area, "Keep this much when the host is short of memory");
    public static readonly OptionSpec CpuShares = new("cpu-shares", '\0', "NUMBER", Area, "Weight against other containers when CPUs are short") { Default = "1024" };
    public static readonly OptionSpec CpuRtPeriod = new("cpu-rt-period", '\0', "MICROSECONDS", Area, "Length of a period of real-time scheduling");
    public static readonly OptionSpec CpuRtRuntime = new("cpu-rt-runtime", '\0', "MICROSECONDS", Area, "Real-time CPU time in each such period");
    public static readonly OptionSpec CpusetMems = new("cpuset-mems", '\0', "LIST", Area, "Use memory of these NUMA nodes only, such as 0,1");
    public static readonly OptionSpec BlkioWeight = new("blkio-weight", '\0', "NUMBER", Area, "Weight of disk access, 10 to 1000");
    public static readonly OptionSpec PidsLimit = new("pids-limit", '\0', "NUMBER", Area, "At most this many processes and threads; -1 for no limit");

    private static readonly OptionSpec s_swappiness = new("memory-swappiness", '\0', "NUMBER", Area, "How readily memory is swapped out, 0 to 100 (cgroup v1)");
    private static readonly OptionSpec s_oomScore = new("oom-score-adj", '\0', "NUMBER", Area, "How likely the kernel kills it when memory is short, -1000 to 1000");
    private static readonly OptionSpec s_weightDevice = new("blkio-weight-device", '\0', "DEVICE:NUMBER", Area, "The same for one device") { Repeats = true };
    private static readonly OptionSpec s_readBps = new("device-read-bps", '\0', "DEVICE:SIZE", Area, "Read at most so many bytes a second from a device") { Repeats = true };
    private static readonly OptionSpec s_writeBps = new("device-write-bps", '\0', "DEVICE:SIZE", Area, "Write at most so many bytes a second to a device") { Repeats = true };
    private static readonly OptionSpec s_readIops = new("device-read-iops", '\0', "DEVICE:NUMBER", Area, "Read at most so many times a second from a device") { Repeats = true };
    private static readonly OptionSpec s_writeIops = new("device-write-iops", '\0', "DEVICE:NUMBER", Area, "Write at most so many times a second to a device") { Repeats = true };
    private static readonly OptionSpec s_oomPause = new("oom-pause", 'k', null, Area, "At the memory limit pause the task that asks for more, instead of killing it; 'mydocker update -m' lets it go on") { Alias = "oom-kill-disable" };
    private static readonly OptionSpec s_ulimit = new("ulimit", '\0', "NAME=SOFT[:HARD]", Area, "Limit of each process, such as nofile=1024:2048") { Repeats = true };
    private static readonly OptionSpec s_shmSize = new("shm-size", '\0', "SIZE", Area, "Size of /dev/shm") { Default = "64m" };

    public static OptionSpec[] Options => 
    [
        Memory, s_oomPause, MemorySwap, MemoryReservation, s_swappiness, s_oomScore, CpuPeriod, CpuQuota, Cpus, CpuShares, CpuRtPeriod, CpuRtRuntime,
        CpusetCpus, CpusetMems, PidsLimit, s_ulimit, s_shmSize, BlkioWeight, s_weightDevice, s_readBps, s_writeBps, s_readIops, s_writeIops,
    ];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.Memory = line.Value(Memory, SizeOption.Parse);
        options.MemorySwap = Swap(line);
        options.OomPause = line.Has(s_oomPause);
        (options.CpuPeriod, options.CpuQuota) = Cpu(line);
        options.MemoryReservation = line.Value(MemoryReservation, SizeOption.Parse);
        options.Swappiness = line.Value(s_swappiness, NumberOption.ParseSwappiness);
        options.OomScoreAdj = line.Value(s_oomScore, NumberOption.ParseOomScore);
        options.CpuShares = line.Value(CpuShares, NumberOption.ParseShares);
        options.RealtimePeriod = line.Value(CpuRtPeriod, NumberOption.ParseMicroseconds);
        options.RealtimeRuntime = line.Value(CpuRtRuntime, NumberOption.ParseMicroseconds);
        options.CpusetCpus = line.Text(CpusetCpus, CpuOption.ParseSet);
        options.CpusetMems = line.Text(CpusetMems, CpuOption.ParseNodes);
        options.BlockIo = BlockIo(line);
        options.PidsLimit = line.Value(PidsLimit, PidsOption.Parse);
        options.Ulimits = line.All(s_ulimit, LimitOption.Parse);
        options.ShmSize = line.Value(s_shmSize, SizeOption.Parse);
    }

    /// <summary>null if nothing is asked for.</summary>
    private static BlockIoOptions? BlockIo(CommandLine line)
    {
        List<BlockDeviceLimit>? All(OptionSpec spec, Func<string, string, BlockDeviceLimit> parse) => line.Values(spec).Length == 0 ? null : line.All(spec, parse);
        var options = new BlockIoOptions
        {
            Weight = line.Value(BlkioWeight) is { } weight ? BlockIoOption.ParseWeight(BlkioWeight.Display, weight) : null,
            WeightDevice = All(s_weightDevice, BlockIoOption.ParseDeviceWeight),
            ReadBps = All(s_readBps, BlockIoOption.ParseBytes),
            WriteBps = All(s_writeBps, BlockIoOption.ParseBytes),
            ReadIops = All(s_readIops, BlockIoOption.ParseOperations),
            WriteIops = All(s_writeIops, BlockIoOption.ParseOperations),
        };
        return options == new BlockIoOptions() ? null : options;
    }

    public static long? Swap(CommandLine line)
        => line.Value(MemorySwap) is { } text ? SizeOption.ParseSwap(MemorySwap.Display, text) : null;

    /// <summary>Period and quota (µs), from -c and -q or from --cpus.</summary>
    public static (ulong? Period, long? Quota) Cpu(CommandLine line)
    {
        var period = line.Value(CpuPeriod, CpuOption.ParsePeriod);
        var quota = line.Value(CpuQuota, CpuOption.ParseQuota);
        if (line.Value(Cpus, CpuOption.ParseCpus) is not { } cpus)
        {
            return (period, quota);
        }

        return period is null && quota is null
            ? (CpuOption.DefaultPeriod, cpus)
            : throw new EngineException($"{Cpus.Display} and {(quota is null ? CpuPeriod : CpuQuota).Display} say the same in two ways; give one of them");
    }
}
