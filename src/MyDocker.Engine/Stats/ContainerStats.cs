using System.Globalization;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Containers;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Cgroups;

namespace MyDocker.Engine.Stats;

/// <summary>In percent of the last ten seconds: how long some task of a container stood still for want of CPU, memory or a disk (PSI).</summary>
public sealed record StallSample(double Cpu, double Memory, double Io);

/// <summary>What a container uses, at one moment.</summary>
/// <param name="CpuMicroseconds">CPU time since its start.</param>
/// <param name="Memory">bytes, without the file cache that the kernel could drop at once, as docker counts.</param>
/// <param name="MemoryLimit">its limit, or the host's memory.</param>
/// <param name="Stalls">null where the kernel does not tell: on cgroup v1, or booted with psi=0.</param>
public sealed record StatsSample(
    string Id, string Name, DateTimeOffset Time, long CpuMicroseconds, long Memory, long MemoryLimit, long NetIn, long NetOut, long BlockRead, long BlockWritten, long Pids, bool Runs, StallSample? Stalls = null);

/// <summary><c>mydocker stats</c>: counters of the kernel, of each container that runs.</summary>
public static class ContainerStats
{
    /// <param name="containers">names; empty: all that run.</param>
    /// <param name="all">also those that do not run.</param>
    public static List<StatsSample> Read(EngineRoots roots, IReadOnlyList<string> containers, bool all)
    {
        var store = new ContainerStore(roots);
        var layout = CgroupLayout.Host;
        var ids = containers.Count > 0 ? containers.Select(name => store.Find(name).Id) : ContainerPs.List(roots, all).Select(c => c.Id);
        var samples = new List<StatsSample>();
        foreach (var id in ids)
        {
            if (store.TryLoad(id) is { } record)
            {
                samples.Add(Sample(record, store.LoadState(id), layout));
            }
        }

        return samples;
    }

    private static StatsSample Sample(ContainerRecord record, ContainerState state, CgroupLayout layout)
    {
        var now = DateTimeOffset.UtcNow;
        if (!state.IsAlive)
        {
            return new StatsSample(record.Id, record.Name, now, 0, 0, 0, 0, 0, 0, 0, 0, Runs: false);
        }

        try
        {
            var cgroup = new Cgroup(layout, record.CgroupPath);
            var stats = cgroup.Stats();
            var memory = stats.Memory;
            var (received, sent) = NetworkOf(state.Pid);
            return new StatsSample(
                record.Id, record.Name, now, stats.Cpu?.Usage ?? 0,
                memory is null ? 0 : Math.Max(0, memory.Current - memory.InactiveFile), Math.Min(memory?.Limit ?? long.MaxValue, HostMemory()),
                received, sent, stats.Io.Sum(io => io.ReadBytes), stats.Io.Sum(io => io.WriteBytes), stats.Pids?.Current ?? 0, Runs: true, StallsOf(cgroup));
        }
        catch (Exception e) when (e is CgroupException or KernelException)
        {
            return new StatsSample(record.Id, record.Name, now, 0, 0, 0, 0, 0, 0, 0, 0, Runs: false); // it has just ended
        }
    }

    /// <summary>Documentation/accounting/psi.rst: since Linux 4.20, for cgroups of version 2.</summary>
    private static StallSample? StallsOf(Cgroup cgroup)
    {
        if (cgroup.Layout.Unified is not { } unified)
        {
            return null;
        }

        double? Some(string file) => StatsReader.ReadPressure($"{cgroup.DirectoryIn(unified)}/{file}")?.Some.Average10;
        return Some("cpu.pressure") is { } cpu ? new StallSample(cpu, Some("memory.pressure") ?? 0, Some("io.pressure") ?? 0) : null;
    }

    /// <summary>Bytes of all its interfaces but the loopback.</summary>
    private static (long Received, long Sent) NetworkOf(int pid)
    {
        long received = 0, sent = 0;
        foreach (var line in (Files.TryReadText($"/proc/{pid}/net/dev", out _) ?? "").Split('\n'))
        {
            var colon = line.IndexOf(':');
            if (colon < 0 || line[..colon].Trim() == "lo")
            {
                continue;
            }

            var fields = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            received += long.Parse(fields[0], CultureInfo.InvariantCulture);
            sent += long.Parse(fields[8], CultureInfo.InvariantCulture);
        }

        return (received, sent);
    }

    private static long HostMemory()
    {
        var line = (Files.TryReadText("/proc/meminfo", out _) ?? "MemTotal: 0 kB").Split('\n')[0];
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
