using System.Diagnostics;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>What containers could have left on the host, counted from the kernel's own lists.</summary>
public static class Census
{
    private static readonly TimeSpan s_patience = TimeFactor.Seconds(20);

    public sealed record HostProcess(int Pid, string CommandLine);

    /// <summary>One more command runs, as the promise is; then nothing may be left of any container that was tried.</summary>
    /// <param name="kept">containers that may still be listed, but not run.</param>
    public static void AssertNothingLeft(Engine engine, params string[] kept)
    {
        var ids = engine.Ids.ToHashSet();
        var watch = Stopwatch.StartNew();
        List<string> left;
        var rounds = 0;
        do
        {
            // A monitor that has told the exit code needs a moment to end; so does a container whose command has not ended yet.
            while (IsLookedAfter(engine, ids) && watch.Elapsed < s_patience)
            {
                Thread.Sleep(5);
            }

            engine.Run("ps", "-q").Is(0);
            left = Left(engine, kept);
        }
        while (left.Count > 0 && (IsLookedAfter(engine, ids) || ++rounds < 3) && watch.Elapsed < s_patience); // who looked after it may have ended since

        Assert.True(left.Count == 0, "left on the host:\n  " + string.Join("\n  ", left));
    }

    public static List<string> Left(Engine engine, params string[] kept)
    {
        var left = new List<string>();
        var ids = engine.Ids.ToHashSet();
        left.AddRange(Monitors(engine).Select(process => $"process {process.Pid}: {process.CommandLine}{Doing(process.Pid)}"));
        left.AddRange(File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(engine.Directory + "/", StringComparison.Ordinal) && !line.Contains($" {engine.Data} ", StringComparison.Ordinal)).Select(line => $"mount {line}"));
        left.AddRange(Cgroups(ids).Select(path => $"cgroup {path}"));
        left.AddRange(Links(ids).Select(name => $"link {name}"));
        foreach (var (directory, keeps) in ((string, bool)[])[($"{engine.Data}/containers", true), ($"{engine.Data}/names", true), ($"{engine.State}/containers", false), ($"{engine.State}/journal", false)])
        {
            if (Directory.Exists(directory))
            {
                left.AddRange(Directory.EnumerateFileSystemEntries(directory).Where(entry => !(keeps && kept.Contains(Path.GetFileName(entry)))).Select(entry => $"file {entry}{Content(entry)}"));
            }
        }

        // Again: one that was just being executed had no command line before.
        left.AddRange(Monitors(engine).Where(process => !left.Any(line => line.StartsWith($"process {process.Pid}:", StringComparison.Ordinal))).Select(process => $"process {process.Pid}: {process.CommandLine}"));
        return left;
    }

    /// <summary>Processes of the host whose command line has this text.</summary>
    public static List<HostProcess> ProcessesNaming(string text)
    {
        var found = new List<HostProcess>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var pid) || pid == Environment.ProcessId)
            {
                continue;
            }

            try
            {
                var line = File.ReadAllText($"{directory}/cmdline").Replace('\0', ' ');
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    found.Add(new HostProcess(pid, line));
                }
            }
            catch (IOException)
            {
                // it has ended
            }
            catch (UnauthorizedAccessException)
            {
            }
        }

        return found;
    }

    /// <summary>Cgroups of these containers, in every hierarchy.</summary>
    public static IEnumerable<string> Cgroups(IReadOnlySet<string> ids)
        => Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").SelectMany(hierarchy => ids.Select(id => $"{hierarchy}/mydocker-{id}")).Where(Directory.Exists);

    /// <summary>Ours, and what was cloned from them and is not yet, or will never be, something else.</summary>
    private static List<HostProcess> Monitors(Engine engine) => ProcessesNaming(engine.Data + " ");

    private static IEnumerable<string> Links(HashSet<string> ids)
        => Directory.EnumerateFileSystemEntries("/sys/class/net").Select(path => Path.GetFileName(path)).Where(name => ids.Any(id => name.EndsWith($"-{id[..8]}", StringComparison.Ordinal)));

    private static bool IsLookedAfter(Engine engine, HashSet<string> ids) => Monitors(engine).Count > 0 || IsAnyJournalHeld(engine) || Cgroups(ids).Any(IsPopulated);

    /// <summary>A process that is just executing the monitor has no command line, but has the lock already.</summary>
    private static bool IsAnyJournalHeld(Engine engine)
    {
        var directory = $"{engine.State}/journal";
        foreach (var path in Directory.Exists(directory) ? Directory.GetFiles(directory) : [])
        {
            if (Files.TryOpen(path, OpenFlags.O_RDONLY, out var journal) == Errno.None)
            {
                using (journal)
                {
                    if (!Files.TryLock(journal!, shared: true))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    /// <summary>
    /// Whether a process of the cgroup runs, or is about to end: cgroup.procs leaves those out whose last thread is ending, and
    /// that takes a while, as the namespaces go with it. Who has ended and is not reaped yet does not count.
    /// </summary>
    private static bool IsPopulated(string cgroup)
    {
        var name = Path.GetFileName(cgroup);
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                var stat = File.ReadAllText($"{directory}/stat");
                if (stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X') && File.ReadAllText($"{directory}/cgroup").Contains(name, StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (IOException)
            {
                // it has ended
            }
        }

        return false;
    }

    /// <summary>What a process that should not be there does, to find out why it is.</summary>
    private static string Doing(int pid)
    {
        var text = "";
        foreach (var thread in Directory.Exists($"/proc/{pid}/task") ? Directory.GetDirectories($"/proc/{pid}/task") : [])
        {
            foreach (var file in (string[])["stat", "wchan", "syscall"])
            {
                try
                {
                    text += $"\n    {thread}/{file}: {File.ReadAllText($"{thread}/{file}").Trim()}";
                }
                catch (IOException)
                {
                }
            }
        }

        return text;
    }

    private static string Content(string path)
    {
        try
        {
            return File.Exists(path) ? $": {File.ReadAllText(path).Replace('\n', ';')}" : "";
        }
        catch (IOException)
        {
            return ", going just now";
        }
    }
}
