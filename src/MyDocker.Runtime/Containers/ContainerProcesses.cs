using System.Globalization;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Containers;

/// <summary>The processes of a container, by their numbers on the host, and as the host's ps(1) shows them.</summary>
public static class ContainerProcesses
{
    /// <summary>All processes in the container's cgroup, sorted.</summary>
    public static List<int> Of(ContainerRoot root, string id)
    {
        using var directory = root.Open(id);
        var container = directory.Load();
        if (ContainerStatus.Of(directory, container) is RuntimeStatus.Creating)
        {
            throw new ContainerException($"cannot list processes of container \"{id}\": container not running: it is being created");
        }

        var pids = ContainerPause.CgroupOf(container, "list processes of").Processes();
        pids.Sort();
        return pids;
    }

    /// <summary>
    /// The head and those lines of ps(1) that are about these processes. It is the host's program, and it reads the host's /proc:
    /// nothing of the container's image is executed (CVE-2022-1227).
    /// </summary>
    public static IEnumerable<string> Table(IReadOnlyCollection<int> pids, IReadOnlyList<string> options)
    {
        var program = HostProgram.Find("ps") ?? throw new ContainerException("\"ps\": executable file not found in $PATH: install it (package procps), or use --format json");
        var (exit, output) = HostProgram.Run(program, ["ps", .. options.Count > 0 ? options : ["-ef"]]);
        if (exit.ShellCode != 0)
        {
            throw new ContainerException($"{program}: exit status {exit.ShellCode}: {output.Trim()}");
        }

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var column = Array.IndexOf(Fields(lines.FirstOrDefault() ?? ""), "PID");
        if (column < 0)
        {
            throw new ContainerException("the output of ps has no column PID: ask for one, as with -o pid,args");
        }

        yield return lines[0];
        foreach (var line in lines.AsEnumerable().Skip(1))
        {
            var fields = Fields(line);
            if (fields.Length > column && int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pids.Contains(pid))
            {
                yield return line;
            }
        }
    }

    private static string[] Fields(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
