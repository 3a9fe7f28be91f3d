using System.Globalization;
using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

/// <summary>A process that the kernel killed for memory.</summary>
/// <param name="Pid">on the host.</param>
public sealed record OomVictim(string Name, string Pid, long AnonymousKilobytes);

/// <summary>
/// The kernel log (/dev/kmsg, a record for each read), which tells of each kill for memory in which cgroup it was. It outlives the
/// cgroup and its counters, which systemd removes with the last process of a scope.
/// </summary>
public sealed class OomLog : IDisposable
{
    private readonly Fd _log;

    private OomLog(Fd log) => _log = log;

    /// <summary>null where the log cannot be read (kernel.dmesg_restrict, no /dev/kmsg).</summary>
    /// <param name="fromNow">only what comes after this.</param>
    public static OomLog? TryOpen(bool fromNow)
    {
        const int SEEK_END = 2;
        if (Files.TryOpen("/dev/kmsg", OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK, out var log) != Errno.None)
        {
            return null;
        }

        if (fromNow)
        {
            Syscall.Invoke(Nr.lseek, log!.Number, 0, SEEK_END);
        }

        return new OomLog(log!);
    }

    /// <summary>The last kill in a cgroup, or in one below it, of what has not been read yet; null if there was none.</summary>
    /// <param name="cgroup">its path below the hierarchy's root.</param>
    public OomVictim? ReadLast(string cgroup)
    {
        Span<byte> buffer = stackalloc byte[8192];
        string? pid = null;
        OomVictim? victim = null;
        while (true)
        {
            var count = Files.Read(_log, buffer);
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
                    victim = new OomVictim(Between(text, "(", ")") ?? "?", pid, anonymous);
                }
            }
        }
    }

    public void Dispose() => _log.Dispose();

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
