using System.Globalization;
using MyDocker.Engine.Containers;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker top</c>: the processes of a container, by their numbers on the host.</summary>
public static class ContainerTop
{
    /// <summary>Rows of columns, titles first.</summary>
    /// <param name="psOptions">for the host's ps; empty: what ps -ef shows, read from /proc without it.</param>
    public static List<string[]> Run(EngineRoots roots, string container, IReadOnlyList<string> psOptions)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        if (!store.LoadState(record.Id).IsAlive)
        {
            throw ContainerSignals.NotRunning(record);
        }

        var pids = new Cgroup(CgroupLayout.Host, record.CgroupPath).Processes();
        return psOptions.Count == 0 ? FromProc(pids) : FromPs(pids.ToHashSet(), psOptions);
    }

    private static List<string[]> FromProc(List<int> pids)
    {
        var rows = new List<string[]> { (string[])["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"] };
        var booted = DateTimeOffset.UtcNow.AddSeconds(-Number((Files.TryReadText("/proc/uptime", out _) ?? "0").Split(' ')[0]));
        foreach (var pid in pids.Order())
        {
            if (Files.TryReadText($"/proc/{pid}/stat", out _) is not { } stat || Files.TryStat($"/proc/{pid}", out var owner) != Errno.None)
            {
                continue; // it has ended since
            }

            const int TicksPerSecond = 100; // USER_HZ, of every Linux
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from field 3 on, proc_pid_stat(5)
            var ran = (long)((Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
            var started = booted.AddSeconds(Number(fields[19]) / TicksPerSecond).ToLocalTime();
            var age = Math.Max(1, (DateTimeOffset.UtcNow - started).TotalSeconds);
            var line = (Files.TryReadText($"/proc/{pid}/cmdline", out _) ?? "").TrimEnd('\0').Replace('\0', ' ');
            rows.Add([
                owner.Uid.ToString(CultureInfo.InvariantCulture), pid.ToString(CultureInfo.InvariantCulture), fields[1],
                ((int)Math.Min(99, 100 * ran / age)).ToString(CultureInfo.InvariantCulture), started.ToString("HH:mm", CultureInfo.InvariantCulture),
                fields[4] == "0" ? "?" : $"pts/{int.Parse(fields[4], CultureInfo.InvariantCulture) & 0xff}", $"{ran / 3600:00}:{ran / 60 % 60:00}:{ran % 60:00}",
                line.Length > 0 ? line : $"[{stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')]}]"]);
        }

        return rows;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static List<string[]> FromPs(HashSet<int> pids, IReadOnlyList<string> options)
    {
        // As docker: of these processes only, where the options allow it; else all are listed and looked through.
        var (code, text) = HostCommand.Run("ps", [.. options, $"-q{string.Join(',', pids)}"]);
        if (code != 0)
        {
            (code, text) = HostCommand.Run("ps", options);
        }

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (code != 0 || lines.Length == 0)
        {
            throw new EngineException($"ps {string.Join(' ', options)}: exit code {code}: {text.Trim()}", exitCode: 1);
        }

        var titles = lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var column = Array.IndexOf(titles, "PID");
        if (column < 0)
        {
            throw new EngineException("ps shows no column PID with these options, so that its lines cannot be told apart; add one, such as -o pid,args", exitCode: 1);
        }

        var rows = new List<string[]> { titles };
        foreach (var line in lines.Skip(1))
        {
            var cells = line.Split(' ', titles.Length, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (cells.Length == titles.Length && int.TryParse(cells[column], CultureInfo.InvariantCulture, out var pid) && pids.Contains(pid))
            {
                rows.Add(cells);
            }
        }

        return rows;
    }
}
