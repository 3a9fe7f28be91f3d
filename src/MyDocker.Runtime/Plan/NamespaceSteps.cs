using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Processes.CloneFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>linux.namespaces, linux.uidMappings, linux.gidMappings.</summary>
internal static class NamespaceSteps
{
    /// <summary>The namespaces that are created with the child. The cgroup namespace comes later: its root is the cgroup joined by then.</summary>
    public static ulong CloneFlags(RuntimeSpec spec)
    {
        var flags = 0UL;
        foreach (var entry in spec.Linux?.Namespaces ?? [])
        {
            if (string.IsNullOrEmpty(entry.Path))
            {
                flags |= FlagOf(entry.Type);
            }
        }

        return flags & ~CLONE_NEWCGROUP;
    }

    public static bool IsNew(RuntimeSpec spec, string type)
        => spec.Linux?.Namespaces?.Any(entry => entry.Type == type && string.IsNullOrEmpty(entry.Path)) == true;

    /// <summary>The container has a user namespace other than the host's, new or joined.</summary>
    public static bool HasUserNamespace(RuntimeSpec spec) => spec.Linux?.Namespaces?.Any(entry => entry.Type == "user") == true;

    public static void AddIdMaps(LaunchPlan plan, LaunchRequest request)
    {
        if (!IsNew(request.Spec, "user"))
        {
            return;
        }

        var users = MapText(request.Spec.Linux!.UidMappings);
        var groups = MapText(request.Spec.Linux!.GidMappings);
        plan.Host(HostPhase.AfterClone, "write uid map", users.Trim(), state => WriteMap(state.Pid, "uid_map", users));
        plan.Host(HostPhase.AfterClone, "write gid map", groups.Trim(), state => WriteMap(state.Pid, "gid_map", groups));
    }

    /// <summary>Joins namespaces given by path. The user namespace comes first: it grants the right to join those it owns.</summary>
    public static void AddJoins(LaunchPlan plan, LaunchRequest request)
    {
        var entries = request.Spec.Linux?.Namespaces?.Where(entry => !string.IsNullOrEmpty(entry.Path)) ?? [];
        foreach (var entry in entries.OrderBy(entry => entry.Type == "user" ? 0 : 1))
        {
            var path = entry.Path!;
            var cell = plan.Inherit($"open {entry.Type} namespace", path, () => Files.Open(path, OpenFlags.O_RDONLY));
            plan.Child.Add($"join {entry.Type} namespace", path, Nr.setns, cell, (long)FlagOf(entry.Type));
        }
    }

    public static ulong FlagOf(string? type) => type switch
    {
        "pid" => CLONE_NEWPID,
        "network" => CLONE_NEWNET,
        "mount" => CLONE_NEWNS,
        "ipc" => CLONE_NEWIPC,
        "uts" => CLONE_NEWUTS,
        "user" => CLONE_NEWUSER,
        "cgroup" => CLONE_NEWCGROUP,
        "time" => CLONE_NEWTIME,
        _ => throw new SpecException("linux.namespaces", $"unknown namespace type \"{type}\""),
    };

    private static string MapText(IEnumerable<LinuxIDMapping>? mappings)
    {
        var text = new StringBuilder();
        foreach (var mapping in mappings ?? [])
        {
            text.Append($"{mapping.ContainerID} {mapping.HostID} {mapping.Size}\n");
        }

        return text.ToString();
    }

    private static void WriteMap(int pid, string file, string map)
    {
        var errno = Files.TryWriteExisting($"/proc/{pid}/{file}", map);
        if (errno != Errno.None)
        {
            throw new KernelException("write", $"/proc/{pid}/{file}", errno);
        }
    }
}
