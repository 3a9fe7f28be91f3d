using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Resctrl;

namespace MyDocker.Runtime.Containers;

/// <summary>Removes a container that has stopped, or by force any (runtime-spec, "Delete"), then runs its poststop hooks.</summary>
public static class ContainerDeletion
{
    /// <param name="force">also one that runs, by SIGKILL, and one whose files are damaged; a missing one is a success.</param>
    public static void Delete(ContainerRoot root, string id, bool force)
    {
        using var directory = root.TryOpen(id);
        if (directory is null)
        {
            root.RemoveAbandoned(id);
            if (!force)
            {
                throw new ContainerException($"container \"{id}\" does not exist") { IsMissing = true };
            }
        }

        if (directory is null || !directory.Lock())
        {
            return;
        }

        SavedContainer? container = null;
        try
        {
            container = directory.Load();
        }
        catch (ContainerException) when (force)
        {
            // nothing to be learnt from the file; what is left of the container can only be its directory
        }

        if (container is not null)
        {
            Delete(directory, container, force);
        }

        directory.Remove();
    }

    /// <summary>The part of a deletion that needs the container's state; the caller holds the lock and removes the directory.</summary>
    /// <param name="spec">its configuration, if the caller has it.</param>
    internal static void Delete(ContainerDirectory directory, SavedContainer container, bool force, RuntimeSpec? spec = null)
    {
        var status = ContainerStatus.Of(directory, container);
        if (status is not (RuntimeStatus.Stopped or RuntimeStatus.Creating) && !(status == RuntimeStatus.Running && !force && EndsByItself(container)))
        {
            if (!force && status != RuntimeStatus.Created)
            {
                throw new ContainerException($"cannot delete container \"{container.Id}\" that is not stopped: {status}; kill it first, or use --force");
            }

            End(container);
        }

        Release(container);
        RunPoststop(directory, container, spec);
    }

    /// <summary>Removes what the container has on the host.</summary>
    /// <param name="withCgroup">false: the cgroup of its path is not, or not yet, the container's.</param>
    internal static void Release(SavedContainer container, bool withCgroup = true)
    {
        if (withCgroup)
        {
            ReleaseCgroup(container);
        }

        RdtGroup.Remove(container.OwnsIntelRdt ? container.IntelRdtPath : null, container.IntelRdtMonPath);
    }

    /// <summary>Ends what still runs in the container's cgroup and removes it.</summary>
    private static void ReleaseCgroup(SavedContainer container)
    {
        if (ContainerStatus.CgroupOf(container) is not { } cgroup)
        {
            return;
        }

        if (!cgroup.IsEmpty())
        {
            cgroup.KillAll();
        }

        // systemd first: it would call a unit whose cgroup has gone a failed one.
        ContainerStatus.UnitOf(container)?.Stop();
        cgroup.Destroy();
    }

    /// <summary>A process that was just killed takes a moment: callers kill and delete in one breath.</summary>
    private static bool EndsByItself(SavedContainer container)
    {
        const int Moment = 100;
        using var init = container.Init.TryOpen();
        return init is null || init.WaitForEnd(Moment);
    }

    private static void End(SavedContainer container)
    {
        const int Moment = 100, Patience = 10_000;
        using var init = container.Init.TryOpen();
        if (init is null)
        {
            return;
        }

        init.TrySend(Signals.SIGKILL);
        ContainerStatus.CgroupOf(container)?.Thaw();
        if (init.WaitForEnd(Moment))
        {
            return;
        }

        // A criu that restores the container and hangs holds its processes by ptrace(2); it is in the container's cgroup.
        ContainerStatus.CgroupOf(container)?.KillAll();
        ThawElsewhere(container.InitProcessPid);
        if (!init.WaitForEnd(Patience))
        {
            throw new ContainerException($"container \"{container.Id}\" has not ended {Patience / 1000} s after SIGKILL: its process {container.InitProcessPid} waits in the kernel");
        }
    }

    /// <summary>Somebody has put the process into another frozen cgroup than its own: on cgroup v1 not even SIGKILL ends it there.</summary>
    private static void ThawElsewhere(int pid)
    {
        var layout = CgroupLayout.Host;
        if (layout.Of(Controllers.Freezer) is { IsV2: false } freezer && CgroupLayout.PathOf(pid, freezer) is { Length: > 1 } path)
        {
            new Cgroup(layout, path).Thaw();
        }
    }

    private static void RunPoststop(ContainerDirectory directory, SavedContainer container, RuntimeSpec? spec)
    {
        try
        {
            spec ??= directory.LoadBundle(container).Spec;
            HookRunner.Run("poststop", spec.Hooks?.Poststop, ContainerStatus.Describe(container, RuntimeStatus.Stopped, spec.Annotations), onFailure: e => RuntimeLog.Warn(e.Message));
        }
        catch (Exception e) when (e is ContainerException or Plan.SpecException)
        {
            RuntimeLog.Warn(e.Message); // the container is gone all the same (runtime-spec, "Lifecycle", 13)
        }
    }
}
