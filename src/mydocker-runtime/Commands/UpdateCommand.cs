using System.Globalization;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

internal static class UpdateCommand
{
    private static readonly Flag s_resources = new("resources", "FILE", "Read the limits from FILE, JSON as linux.resources in config.json; - for standard input; all other options are ignored") { Letter = 'r' };
    private static readonly Flag s_blockWeight = new("blkio-weight", "WEIGHT", "Share of block I/O, 10 to 1000");
    private static readonly Flag s_period = new("cpu-period", "MICROSECONDS", "Period of the CPU quota");
    private static readonly Flag s_quota = new("cpu-quota", "MICROSECONDS", "CPU time in each period; -1 for no limit");
    private static readonly Flag s_burst = new("cpu-burst", "MICROSECONDS", "CPU time that may be saved up for a burst");
    private static readonly Flag s_share = new("cpu-share", "SHARES", "Weight beside other containers, 2 to 262144");
    private static readonly Flag s_realtimePeriod = new("cpu-rt-period", "MICROSECONDS", "Period of the real-time quota");
    private static readonly Flag s_realtimeRuntime = new("cpu-rt-runtime", "MICROSECONDS", "Real-time CPU time in each period");
    private static readonly Flag s_idle = new("cpu-idle", "0|1", "1: run only when nobody else wants to (SCHED_IDLE)");
    private static readonly Flag s_cpus = new("cpuset-cpus", "LIST", "CPUs to run on, such as 0-2,7");
    private static readonly Flag s_mems = new("cpuset-mems", "LIST", "Memory nodes to use");
    private static readonly Flag s_memory = new("memory", "BYTES", "Memory limit, such as 100M; -1 for none");
    private static readonly Flag s_reservation = new("memory-reservation", "BYTES", "Memory to be left alone when the host runs short");
    private static readonly Flag s_swap = new("memory-swap", "BYTES", "Limit of memory and swap together; -1 for none");
    private static readonly Flag s_kernel = new("kernel-memory", "BYTES", "Ignored: kernels have no such limit any more");
    private static readonly Flag s_kernelTcp = new("kernel-memory-tcp", "BYTES", "Ignored, as well");
    private static readonly Flag s_pids = new("pids-limit", "NUMBER", "Number of processes; -1 for no limit");
    private static readonly Flag s_cache = new("l3-cache-schema", "SCHEMA", "Intel RDT: share of the L3 cache");
    private static readonly Flag s_bandwidth = new("mem-bw-schema", "SCHEMA", "Intel RDT: share of memory bandwidth");

    public static Command Command => new()
    {
        Name = "update",
        Usage = "CONTAINER",
        Summary = "Change the limits of a container",
        Details = "What is not given stays as it is. Sizes take the suffixes k, m, g, t and p.",
        Flags =
        [
            s_resources, s_blockWeight, s_period, s_quota, s_burst, s_share, s_realtimePeriod, s_realtimeRuntime, s_idle, s_cpus, s_mems,
            s_memory, s_reservation, s_swap, s_kernel, s_kernelTcp, s_pids, s_cache, s_bandwidth,
        ],
        Run = invocation =>
        {
            var arguments = invocation.Arguments;
            var file = Text(arguments, s_resources);
            ContainerUpdate.Update(invocation.Root, invocation.Id, file is not null ? ContainerUpdate.Read(file) : Resources(arguments));
            if (file is null)
            {
                ContainerUpdate.UpdateCaches(invocation.Root, invocation.Id, Text(arguments, s_cache), Text(arguments, s_bandwidth));
            }

            return 0;
        },
    };

    internal static LinuxResources Resources(Arguments arguments) => new()
    {
        Cpu = new LinuxCPU
        {
            Period = Unsigned(arguments, s_period),
            Quota = Signed(arguments, s_quota),
            Burst = Unsigned(arguments, s_burst),
            Shares = Unsigned(arguments, s_share),
            RealtimePeriod = Unsigned(arguments, s_realtimePeriod),
            RealtimeRuntime = Signed(arguments, s_realtimeRuntime),
            Idle = Signed(arguments, s_idle),
            Cpus = Text(arguments, s_cpus),
            Mems = Text(arguments, s_mems),
        },
        Memory = new LinuxMemory
        {
            Limit = Size(arguments, s_memory),
            Reservation = Size(arguments, s_reservation),
            Swap = Size(arguments, s_swap),
            Kernel = Size(arguments, s_kernel),
            KernelTCP = Size(arguments, s_kernelTcp),
        },
        Pids = Signed(arguments, s_pids) is { } pids ? new LinuxPids { Limit = pids } : null,
        BlockIO = Unsigned(arguments, s_blockWeight) is > 0 and var weight
            ? new LinuxBlockIO { Weight = weight <= ushort.MaxValue ? (ushort)weight : throw Invalid(s_blockWeight, weight.ToString(CultureInfo.InvariantCulture), "a number from 10 to 1000") }
            : null,
    };

    private static string? Text(Arguments arguments, Flag flag) => arguments.Value(flag) is { Length: > 0 } text ? text : null;

    private static ulong? Unsigned(Arguments arguments, Flag flag)
        => Text(arguments, flag) is not { } text ? null
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw Invalid(flag, text, "a number from 0 on");

    private static long? Signed(Arguments arguments, Flag flag)
        => Text(arguments, flag) is not { } text ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw Invalid(flag, text, "a number");

    private static long? Size(Arguments arguments, Flag flag)
        => Text(arguments, flag) is not { } text ? null
            : text == "-1" ? -1
            : ByteSize.TryParse(text, out var size) ? size
            : throw Invalid(flag, text, "a size such as 100M, or -1");

    private static UsageException Invalid(Flag flag, string text, string expected) => new($"invalid value for {flag.Name}: \"{text}\" is not {expected}");
}
