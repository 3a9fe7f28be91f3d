using System.Text;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;

namespace MyDocker.Engine.Monitor;

/// <summary>Who the kernel killed for memory, and at which limit: its counters, and its own words in the kernel log.</summary>
internal static class OomReport
{
    /// <summary>"killed for memory: limit 10 MiB reached, peak 10 MiB; the kernel killed mem-allocate (pid 4242, 9.1 MiB)"</summary>
    public static string Describe(ContainerRecord record, MemoryStats memory)
    {
        var limit = memory.Limit ?? record.Options.Memory;
        var text = new StringBuilder($"{record.Name} ran out of memory: limit {(limit is { } bytes ? ByteSize.Format(bytes) : "of an outer cgroup")} reached, peak {ByteSize.Format(memory.Peak)}");
        using var log = OomLog.TryOpen(fromNow: false);
        var victim = log?.ReadLast(record.CgroupPath);
        text.Append(victim is null
            ? $"; processes killed by the kernel: {memory.OomKills}"
            : $"; the kernel killed {victim.Name} (pid {victim.Pid} on the host, {ByteSize.Format(victim.AnonymousKilobytes * 1024)} of its own)");
        if (record.Options is { OomPause: true, Memory: { } asked } && memory.Limit > asked)
        {
            // The contract of -k on cgroup v2 says that this can be; it must be told.
            return text.Append($"; it was to pause at {ByteSize.Format(asked)} (-k) but took the {ByteSize.Format(memory.Limit.Value - asked)} above that before it could be frozen; give it more with -m").ToString();
        }

        return text.Append("; give it more with -m, or let it wait at the limit with -k").ToString();
    }
}
