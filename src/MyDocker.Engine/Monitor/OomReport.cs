using System.Globalization;
using System.Text;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Monitor;

/// <summary>Who the kernel killed for memory, and at which limit: its counters, and its own words in the kernel log.</summary>
internal static class OomReport
{
    private sealed record Victim(string Name, string Pid, long AnonymousKilobytes);

    /// <summary>"killed for memory: limit 10 MiB reached, peak 10 MiB; the kernel killed mem-allocate (pid 4242, 9.1 MiB)"</summary>
    public static string Describe(ContainerRecord record, MemoryStats memory)
    {
        var limit = memory.Limit ?? record.Options.Memory;
        var text = new StringBuilder($"{record.Name} ran out of memory: limit {(limit is { } bytes ? ByteSize.Format(bytes) : "of an outer cgroup")} reached, peak {ByteSize.Format(memory.Peak)}");
        var victim = FindVictim(record.CgroupPath);
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

    /// <summary>The last kill in this cgroup that the kernel log tells of; null where the log cannot be read.</summary>
    private static Victim? FindVictim(string cgroup)
    {
        if (Files.TryOpen("/dev/kmsg", OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out var log) != Errno.None)
        {
            return null;
        }

        using (log)
        {
            Span<byte> buffer = stackalloc byte[8192]; // one record per read
            string? pid = null;
            Victim? victim = null;
            while (true)
            {
                var count = Files.Read(log!, buffer);
                if (count == -(int)Errno.EPIPE)
                {
                    continue; // records were overwritten meanwhile; the next read goes on with the oldest
                }

                if (count <= 0)
                {
                    return victim;
                }

                var line = buffer[..count];
                if (line.IndexOf("oom-kill:"u8) >= 0 && line.IndexOf(Encoding.UTF8.GetBytes($"task_memcg={cgroup}")) >= 0)
                {
                    pid = Between(Encoding.UTF8.GetString(line), ",pid=", ",");
                }
                else if (pid is not null && line.IndexOf("Killed process "u8) >= 0)
                {
                    var text = Encoding.UTF8.GetString(line);
                    if (Between(text, "Killed process ", " ") == pid && long.TryParse(Between(text, "anon-rss:", "kB"), NumberStyles.None, CultureInfo.InvariantCulture, out var anonymous))
                    {
                        victim = new Victim(Between(text, "(", ")") ?? "?", pid, anonymous);
                    }
                }
            }
        }
    }

    /// <summary>The text between two marks, from the first one on; null if one of them is missing.</summary>
    private static string? Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        start += before.Length;
        var end = text.IndexOf(after, start, StringComparison.Ordinal);
        return end < 0 ? null : text[start..end];
    }
}
