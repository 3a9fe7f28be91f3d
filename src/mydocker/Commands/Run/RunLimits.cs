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
    public static readonly OptionSpec PidsLimit = new("pids-limit", '\0', "NUMBER", Area, "At most this many processes and threads; -1 for no limit");

    private static readonly OptionSpec s_oomPause = new("oom-pause", 'k', null, Area, "At the memory limit pause the task that asks for more, instead of killing it; 'mydocker update -m' lets it go on");
    private static readonly OptionSpec s_ulimit = new("ulimit", '\0', "NAME=SOFT[:HARD]", Area, "Limit of each process, such as nofile=1024:2048") { Repeats = true };
    private static readonly OptionSpec s_shmSize = new("shm-size", '\0', "SIZE", Area, "Size of /dev/shm") { Default = "64m" };

    public static OptionSpec[] Options => [Memory, s_oomPause, MemorySwap, CpuPeriod, CpuQuota, Cpus, CpusetCpus, PidsLimit, s_ulimit, s_shmSize];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.Memory = line.Value(Memory, SizeOption.Parse);
        options.MemorySwap = Swap(line);
        options.OomPause = line.Has(s_oomPause);
        (options.CpuPeriod, options.CpuQuota) = Cpu(line);
        options.CpusetCpus = line.Text(CpusetCpus, CpuOption.ParseSet);
        options.PidsLimit = line.Value(PidsLimit, PidsOption.Parse);
        options.Ulimits = line.All(s_ulimit, LimitOption.Parse);
        options.ShmSize = line.Value(s_shmSize, SizeOption.Parse);
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
