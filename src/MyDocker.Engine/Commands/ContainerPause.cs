using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Kernel.Cgroups;

namespace MyDocker.Engine.Commands;

/// <summary><c>pause</c> and <c>unpause</c>: the freezer of the container's cgroup; the cgroup itself remembers.</summary>
public static class ContainerPause
{
    public static void Pause(EngineRoots roots, string container)
    {
        var (record, cgroup) = Running(roots, container);
        if (cgroup.IsFrozen())
        {
            throw new EngineException($"container {record.Name} is paused already", exitCode: 1);
        }

        cgroup.Freeze();
        ContainerEvents.Write(roots, record, "pause");
    }

    public static void Unpause(EngineRoots roots, string container)
    {
        var (record, cgroup) = Running(roots, container);
        if (!cgroup.IsFrozen())
        {
            throw new EngineException(cgroup.Memory() is { UnderOom: true }
                ? $"container {record.Name} waits at its memory limit; raise that: mydocker update -m SIZE {record.Name}"
                : $"container {record.Name} is not paused", exitCode: 1);
        }

        cgroup.Thaw();
        ContainerEvents.Write(roots, record, "unpause");
    }

    private static (ContainerRecord Record, Cgroup Cgroup) Running(EngineRoots roots, string container)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        return store.LoadState(record.Id).IsAlive ? (record, new Cgroup(CgroupLayout.Host, record.CgroupPath)) : throw ContainerSignals.NotRunning(record);
    }
}
