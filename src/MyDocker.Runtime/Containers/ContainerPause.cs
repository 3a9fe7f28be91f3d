using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Containers;

/// <summary>Freezes all processes of a container, and lets them go on.</summary>
public static class ContainerPause
{
    public static void Pause(ContainerRoot root, string id)
    {
        using var directory = root.OpenLocked(id);
        var (container, status) = Read(directory);
        if (status is not (RuntimeStatus.Running or RuntimeStatus.Created))
        {
            throw new ContainerException($"cannot pause container \"{id}\": container not running: it is {status}");
        }

        CgroupOf(container, "pause").Freeze();
    }

    public static void Resume(ContainerRoot root, string id)
    {
        using var directory = root.OpenLocked(id);
        var (container, status) = Read(directory);
        if (status != RuntimeStatus.Paused)
        {
            throw new ContainerException($"cannot resume container \"{id}\": container not paused: it is {status}");
        }

        CgroupOf(container, "resume").Thaw();
    }

    private static (SavedContainer Container, string Status) Read(ContainerDirectory directory)
    {
        var container = directory.Load();
        return (container, ContainerStatus.Of(directory, container));
    }

    /// <summary>The container's cgroup, for what cannot be done without one.</summary>
    internal static Cgroup CgroupOf(SavedContainer container, string verb)
        => ContainerStatus.CgroupOf(container)
            ?? throw new ContainerException($"cannot {verb} container \"{container.Id}\": it has no cgroup of its own (--cgroup-manager disabled)");
}
