namespace MyDocker.Containers.Tests.Harness;

/// <summary>What containers could have left on the host, counted from the kernel's own lists.</summary>
public static class Census
{
    public sealed record HostProcess(int Pid, string CommandLine);

    /// <summary>One more command runs, as the promise is; then nothing may be left of any container that was tried.</summary>
    /// <param name="kept">containers that may still be listed, but not run.</param>
    public static void AssertNothingLeft(Engine engine, params string[] kept)
    {
        try
        {
            // A monitor that has told the exit code needs a moment to end.
            Wait.Until(() => Monitors(engine).Count == 0, "the monitors to end", seconds: 10);
        }
        catch (Xunit.Sdk.XunitException)
        {
            // told below, by name
        }

        engine.Run("ps", "-q").Is(0);
        var left = Left(engine, kept);
        Assert.True(left.Count == 0, "left on the host:\n  " + string.Join("\n  ", left));
    }

    public static List<string> Left(Engine engine, params string[] kept)
    {
        var left = new List<string>();
        var ids = engine.Ids.ToHashSet();
        left.AddRange(Monitors(engine).Select(process => $"process {process.Pid}: {process.CommandLine}"));
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

    private static List<HostProcess> Monitors(Engine engine)
        => ProcessesNaming(engine.Data).Where(process => process.CommandLine.Contains("mydocker-monitor", StringComparison.Ordinal)).ToList();

    private static IEnumerable<string> Links(HashSet<string> ids)
        => Directory.EnumerateFileSystemEntries("/sys/class/net").Select(path => Path.GetFileName(path)).Where(name => ids.Any(id => name.EndsWith($"-{id[..8]}", StringComparison.Ordinal)));

    private static string Content(string path) => File.Exists(path) ? $": {File.ReadAllText(path).Replace('\n', ';')}" : "";
}
