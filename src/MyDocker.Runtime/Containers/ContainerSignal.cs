using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Containers;

/// <summary>Sends signals to a container (runtime-spec, "Kill").</summary>
public static class ContainerSignal
{
    /// <param name="all">to every process in its cgroup; also where init has ended. That there is none is no error then, as with runc.</param>
    public static void Kill(ContainerRoot root, string id, int signal, bool all)
    {
        using var directory = root.Open(id);
        var container = directory.Load();
        var status = ContainerStatus.Of(directory, container);
        var cgroup = ContainerStatus.CgroupOf(container);
        if (status is RuntimeStatus.Stopped or RuntimeStatus.Creating && !(cgroup is not null && (all || container.SharesPids) && !cgroup.IsEmpty()))
        {
            if (all && status == RuntimeStatus.Stopped)
            {
                return;
            }

            throw new ContainerException($"cannot kill container \"{id}\": container not running");
        }

        // Without a pid namespace of its own init's end ends nobody else.
        if (cgroup is not null && (all || (container.SharesPids && signal == Signals.SIGKILL)))
        {
            if (signal == Signals.SIGKILL)
            {
                cgroup.KillAll();
            }
            else
            {
                cgroup.SignalAll(signal);
            }

            return;
        }

        using var init = container.Init.TryOpen();
        var errno = init?.TrySend(signal) ?? Errno.ESRCH;
        if (errno != Errno.None)
        {
            throw new ContainerException($"cannot kill container \"{id}\": {(errno == Errno.ESRCH ? "container not running" : errno.Describe())}");
        }

        // A frozen task takes SIGKILL only once it is thawed (v1), as with runc.
        if (signal == Signals.SIGKILL && status == RuntimeStatus.Paused)
        {
            cgroup?.Thaw();
        }
    }
}
