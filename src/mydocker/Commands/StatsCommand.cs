using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Stats;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands;

internal static class StatsCommand
{
    private const int Interval = 1000; // ms
    private const string ClearScreen = "\u001b[H\u001b[J";

    private static readonly OptionSpec s_all = new("all", 'a', null, "", "Containers that do not run, too");
    private static readonly OptionSpec s_noStream = new("no-stream", '\0', null, "", "Print once, after a second of measuring");

    private static readonly Dictionary<string, string> s_titles = new()
    {
        ["Container"] = "CONTAINER",
        ["ID"] = "CONTAINER ID",
        ["Name"] = "NAME",
        ["CPUPerc"] = "CPU %",
        ["MemUsage"] = "MEM USAGE / LIMIT",
        ["MemPerc"] = "MEM %",
        ["NetIO"] = "NET I/O",
        ["BlockIO"] = "BLOCK I/O",
        ["PIDs"] = "PIDS",
        ["Stalls"] = "STALLED CPU / MEM / I/O",
    };

    public static Verb Verb => new()
    {
        Name = "stats",
        Aliases = ["container stats"],
        Area = "Containers",
        Usage = "[OPTIONS] [CONTAINER...]",
        Summary = "Show what containers use: CPU, memory, network, disks, processes",
        Details = """
            Once a second, until it is interrupted. 100 % of CPU is one whole CPU. Memory is without the file cache
            that the kernel could drop at once. On cgroup v2 the last column tells for how much of the last ten
            seconds some task stood still because CPU, memory or a disk was short (the kernel's pressure stall
            information). Fields for --format: .Container .ID .Name .CPUPerc .MemUsage .MemPerc .NetIO .BlockIO
            .PIDs .Stalls.
            """,
        Options = [s_all, s_noStream, SharedOptions.Format, SharedOptions.NoTrunc],
        Examples = [("mydocker stats --no-stream --format '{{.Name}} {{.MemUsage}}'", "once, two columns")],
    };

    /// <summary>Whether the kernel tells so of cgroups at all.</summary>
    private static bool HasStalls => CgroupLayout.Host is { Mode: CgroupMode.V2 } && Files.Exists("/proc/pressure/memory");

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        var format = line.Value(SharedOptions.Format) is { } given && given != "table" ? given : "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}" + (HasStalls ? "\t{{.Stalls}}" : "");
        var before = ContainerStats.Read(roots, line.Arguments, line.Has(s_all));
        while (true)
        {
            Thread.Sleep(Interval);
            var now = ContainerStats.Read(roots, line.Arguments, line.Has(s_all));
            var text = FormattedList.Of(format, now.Select(sample => Row(sample, before.Find(b => b.Id == sample.Id), line.Has(SharedOptions.NoTrunc))), s_titles);
            var clear = Out.IsTerminal && !line.Has(s_noStream) ? ClearScreen : "";
            if (Out.WriteBytes(isError: false, System.Text.Encoding.UTF8.GetBytes(clear + text)) != Errno.None || line.Has(s_noStream))
            {
                return 0;
            }

            before = now;
        }
    }

    private static Document Row(StatsSample now, StatsSample? before, bool whole)
    {
        var elapsed = before is null ? 0 : (now.Time - before.Time).TotalMicroseconds;
        var cpu = elapsed > 0 && before!.Runs && now.Runs ? Math.Max(0, now.CpuMicroseconds - before.CpuMicroseconds) / elapsed * 100 : 0;
        var memory = now.MemoryLimit > 0 ? 100.0 * now.Memory / now.MemoryLimit : 0;
        return new Document
        {
            ["BlockIO"] = $"{Human.Size(now.BlockRead)} / {Human.Size(now.BlockWritten)}",
            ["CPUPerc"] = cpu.ToString("0.00'%'", CultureInfo.InvariantCulture),
            ["Container"] = Human.Id(now.Id, whole),
            ["ID"] = Human.Id(now.Id, whole),
            ["MemPerc"] = memory.ToString("0.00'%'", CultureInfo.InvariantCulture),
            ["MemUsage"] = $"{Human.BinarySize(now.Memory)} / {Human.BinarySize(now.MemoryLimit)}",
            ["Name"] = now.Name,
            ["NetIO"] = $"{Human.Size(now.NetIn)} / {Human.Size(now.NetOut)}",
            ["PIDs"] = now.Pids.ToString(CultureInfo.InvariantCulture),
            ["Stalls"] = now.Stalls is not { } stalls ? "--" : string.Create(CultureInfo.InvariantCulture, $"{stalls.Cpu:0.00}% / {stalls.Memory:0.00}% / {stalls.Io:0.00}%"),
        };
    }
}
