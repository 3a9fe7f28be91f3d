using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// What a container does right now, asked of the kernel and never remembered: whether its process lives, whether it still
/// waits at its start socket, whether its cgroup is frozen. Takes no lock.
/// </summary>
public static class ContainerStatus
{
    /// <summary>One of <see cref="RuntimeStatus"/>.</summary>
    public static string Of(ContainerDirectory directory, SavedContainer container)
    {
        if (container.InitProcessPid == 0)
        {
            return RuntimeStatus.Creating;
        }

        if (!container.Init.IsAlive)
        {
            return RuntimeStatus.Stopped;
        }

        if (CgroupOf(container) is { } cgroup && IsFrozen(cgroup))
        {
            return RuntimeStatus.Paused;
        }

        return StartSocket.TryFind(directory.Directory, ContainerDirectory.StartSocket) == Errno.None ? RuntimeStatus.Created : RuntimeStatus.Running;
    }

    /// <summary>The state of a container on disk.</summary>
    public static RuntimeState Read(ContainerDirectory directory)
    {
        // Who asks while the container is being created wants to know about the container, not about that moment.
        const int Tries = 20, Pause = 10;
        var container = directory.Load();
        for (var i = 0; i < Tries && container.InitProcessPid == 0; i++)
        {
            Thread.Sleep(Pause);
            container = directory.Load();
        }

        var spec = directory.LoadBundle(container).Spec;
        return Describe(container, Of(directory, container), spec.Annotations) with { OciVersion = spec.OciVersion };
    }

    /// <summary>The same for a list, which one broken or vanishing container must not end; null: there is nothing to tell.</summary>
    /// <param name="owner">the user of the host whose container it is.</param>
    public static RuntimeState? TryRead(ContainerRoot root, string id, out uint owner)
    {
        owner = 0;
        try
        {
            using var directory = root.TryOpen(id);
            owner = directory is null ? 0 : Files.StatOf(directory.Directory).Uid;
            return directory is null ? null : Read(directory);
        }
        catch (Exception e) when (e is ContainerException or KernelException or CgroupException or Plan.SpecException)
        {
            if (e is not ContainerException { IsMissing: true })
            {
                RuntimeLog.Warn($"container \"{id}\" is left out: {e.Message}");
            }

            return null;
        }
    }

    /// <summary>The state as <c>state</c> prints it and hooks read it.</summary>
    public static RuntimeState Describe(SavedContainer container, string status, Dictionary<string, string>? annotations) => new()
    {
        Id = container.Id,
        Status = status,
        Pid = status == RuntimeStatus.Stopped ? 0 : container.InitProcessPid,
        Bundle = container.Bundle,
        Rootfs = container.Rootfs,
        Created = container.Created,
        Annotations = annotations,
        Owner = "",
    };

    public static Cgroup? CgroupOf(SavedContainer container)
        => container.CgroupPath is { } path ? new Cgroup(CgroupLayout.Host, path, container.CgroupPaths) : null;

    /// <summary>The systemd unit of the container's cgroup; null if it has none.</summary>
    public static CgroupUnit? UnitOf(SavedContainer container)
        => container.SystemdUnit is { } unit ? new CgroupUnit(unit, user: container.Owner != 0 || SystemdManager.IsUsers) : null;

    internal static CgroupManager CgroupManagerOf(SavedContainer container)
        => container.CgroupPath is null ? CgroupManager.Disabled : container.SystemdUnit is null ? CgroupManager.Cgroupfs : CgroupManager.Systemd;

    private static bool IsFrozen(Cgroup cgroup)
    {
        try
        {
            return cgroup.IsFrozen();
        }
        catch (CgroupException)
        {
            return false; // no freezer on this host, or the cgroup is gone
        }
    }
}
