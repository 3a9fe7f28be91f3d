using MyDocker.Kernel.Cgroups;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Plan;

/// <summary><c>exec --cgroup</c>: cgroups below the container's, by controller, "" for one everywhere.</summary>
internal sealed class SubCgroups(IReadOnlyDictionary<string, string> paths)
{
    private readonly HashSet<string> _used = [""];

    /// <summary>"/PATH" below the container's cgroup in every hierarchy; "" for that itself.</summary>
    public string Everywhere => paths.TryGetValue("", out var path) ? Below(path) : "";

    /// <summary>The same for a hierarchy of v1, whichever of its controllers is named ("cpu,cpuacct" has two).</summary>
    public string In(CgroupHierarchy hierarchy)
    {
        string? found = null, by = null;
        List<string> names = [Cgroup.KeyOf(hierarchy), .. hierarchy.Controllers.Each().Select(one => one.Name(v2: false))];
        foreach (var controller in names)
        {
            if (!paths.TryGetValue(controller, out var path))
            {
                continue;
            }

            _used.Add(controller);
            if (found is not null && found != Below(path))
            {
                throw new ContainerException($"--cgroup: {by} and {controller} are one hierarchy on this host; a process cannot be in two of its cgroups");
            }

            (found, by) = (Below(path), controller);
        }

        return found ?? Everywhere;
    }

    /// <summary>A controller that no hierarchy of the container has is a mistake.</summary>
    public void RequireAllUsed()
    {
        if (paths.Keys.FirstOrDefault(controller => !_used.Contains(controller)) is { } unknown)
        {
            throw new ContainerException($"--cgroup: unknown controller \"{unknown}\": the container has no cgroup v1 of it; on v2 give a path alone");
        }
    }

    private static string Below(string path) => path.Trim('/') is { Length: > 0 } trimmed ? $"/{trimmed}" : "";
}
