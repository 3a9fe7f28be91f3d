using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// Where a further process of a container goes (<c>exec</c>): into the container's cgroup, or where <c>--cgroup</c> says below it.
/// </summary>
public sealed class ExecPlacement
{
    /// <summary>v1: the "tasks" file of each hierarchy that the process joins by itself.</summary>
    public IReadOnlyList<string> JoinFiles { get; private init; } = [];

    /// <summary>The v2 directory for CLONE_INTO_CGROUP; null where there is none.</summary>
    public string? CloneInto { get; private init; }

    /// <summary>Where the container lives now; changes nothing.</summary>
    /// <param name="initPid">
    /// of the container. Where a manager inside it has handed controllers down, the container's own cgroup takes no process any
    /// more: then it is init's, as runc has it.
    /// </param>
    /// <param name="options">the values of --cgroup: "PATH", or on v1 "CONTROLLER[,CONTROLLER]:PATH"; "/" is the container's own.</param>
    public static ExecPlacement For(Cgroup cgroup, int initPid, IReadOnlyList<string>? options = null)
    {
        var (all, byController) = Parse(cgroup.Layout, options ?? []);
        var files = new List<string>();
        foreach (var hierarchy in cgroup.Layout.V1)
        {
            var directory = cgroup.DirectoryIn(hierarchy);
            if (Files.Exists(directory))
            {
                files.Add($"{Below(directory, byController.FirstOrDefault(entry => Names(hierarchy, entry.Controller)).Path ?? all)}/tasks");
            }
        }

        return new ExecPlacement { JoinFiles = files, CloneInto = OnV2(cgroup, initPid, all, byController) };
    }

    private static string? OnV2(Cgroup cgroup, int initPid, string? all, List<(string Controller, string Path)> byController)
    {
        if (cgroup.Layout.Unified is not { } unified || cgroup.DirectoryIn(unified) is not { } directory || !Files.Exists(directory))
        {
            return null;
        }

        if ((byController.Find(entry => entry.Controller.Length == 0).Path ?? all) is { } asked)
        {
            return Below(directory, asked);
        }

        // "No internal processes" (cgroups(7)): a cgroup that hands domain controllers down holds no process.
        Span<byte> buffer = stackalloc byte[512];
        const Controllers Threaded = Controllers.Cpu | Controllers.Cpuset | Controllers.Pids | Controllers.PerfEvent;
        if ((ControllerNames.ParseList(CgroupFile.Read(directory + "/cgroup.subtree_control", buffer)) & ~Threaded) == 0)
        {
            return directory;
        }

        var own = initPid > 0 && Files.TryReadText($"/proc/{initPid}/cgroup", out _) is { } text
            ? text.Split('\n').FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal))?[3..] : null;
        var place = own is null or "/" ? directory : unified.Mount + own;
        return place.StartsWith(directory + "/", StringComparison.Ordinal) && Files.Exists(place) ? place : directory;
    }

    private static (string? All, List<(string Controller, string Path)> ByController) Parse(CgroupLayout layout, IReadOnlyList<string> options)
    {
        string? all = null;
        var byController = new List<(string, string)>();
        foreach (var option in options)
        {
            var colon = option.IndexOf(':');
            if (colon < 0)
            {
                all = all is null ? option : throw new ArgumentException("--cgroup: given twice without a controller");
                continue;
            }

            if (layout.Mode == CgroupMode.V2)
            {
                throw new ArgumentException($"--cgroup {option}: cgroup v2 has one hierarchy: give the path alone");
            }

            foreach (var controller in option[..colon].Split(','))
            {
                if (!layout.V1.Any(hierarchy => Names(hierarchy, controller)))
                {
                    throw new ArgumentException($"--cgroup {option}: unknown controller \"{controller}\"");
                }

                byController.Add((controller, option[(colon + 1)..]));
            }
        }

        return (all, byController);
    }

    private static bool Names(CgroupHierarchy hierarchy, string? controller)
        => controller is { Length: > 0 } && (controller == "name=" + hierarchy.Name
            || (hierarchy.Controllers & ControllerNames.Parse(System.Text.Encoding.UTF8.GetBytes(controller))) != 0);

    /// <summary>A directory below another, which must be there; ".." leads nowhere.</summary>
    private static string Below(string directory, string? path)
    {
        if (path is null)
        {
            return directory;
        }

        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Contains(".."))
        {
            throw new ArgumentException($"--cgroup {path}: bad sub cgroup path: it must lie below the container's cgroup");
        }

        var result = parts.Where(part => part != ".").Aggregate(directory, (place, part) => $"{place}/{part}");
        return Files.Exists(result) ? result
            : throw new ArgumentException($"--cgroup {path}: there is no such cgroup below {directory}");
    }
}
