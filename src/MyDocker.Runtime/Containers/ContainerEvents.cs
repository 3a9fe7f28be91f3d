using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Resctrl;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Events;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Resctrl;

namespace MyDocker.Runtime.Containers;

/// <summary>Counters of a container, once or again and again, and a word whenever it has run out of memory.</summary>
public static class ContainerEvents
{
    /// <summary>The counters now.</summary>
    /// <param name="missing">why most of them are not there; null: they are.</param>
    public static ContainerEvent Stats(ContainerRoot root, string id, out string? missing)
    {
        var container = Running(root, id);
        if (ContainerStatus.CgroupOf(container) is { } cgroup)
        {
            missing = null;
            return Stats(container, cgroup);
        }

        missing = $"container \"{id}\" has no cgroup of its own: its interfaces are all that is counted";
        return new() { Type = ContainerEvent.Stats, Id = id, Data = StatsReader.ReadWithoutCgroup(container.InitProcessPid) };
    }

    /// <summary>Until the container ends.</summary>
    /// <param name="interval">between counters, in milliseconds.</param>
    public static IEnumerable<ContainerEvent> Follow(ContainerRoot root, string id, int interval)
    {
        var container = Running(root, id);
        var cgroup = ContainerPause.CgroupOf(container, "follow events of");
        using var watch = OomEvents.Watch(cgroup);
        var next = Environment.TickCount64 + interval;
        while (true)
        {
            var isAlive = container.Init.IsAlive; // asked first: what killed it is seen by the look that follows
            switch (watch.Wait(isAlive ? (int)Math.Max(0, next - Environment.TickCount64) : 0))
            {
                case OomEvent.Ended:
                    yield break;
                case OomEvent.OutOfMemory:
                    yield return new ContainerEvent { Type = ContainerEvent.OutOfMemory, Id = id };
                    break;
                case OomEvent.Nothing when !isAlive:
                    yield break;
                case OomEvent.Nothing when next > Environment.TickCount64:
                    break;
                default:
                    next += interval;
                    if (TryStats(container, cgroup) is { } stats)
                    {
                        yield return stats;
                    }

                    break;
            }
        }
    }

    /// <summary>null: it has ended in the middle of it.</summary>
    private static ContainerEvent? TryStats(SavedContainer container, Cgroup cgroup)
    {
        try
        {
            return Stats(container, cgroup);
        }
        catch (Exception e) when (e is KernelException or CgroupException && !container.Init.IsAlive)
        {
            return null;
        }
    }

    private static ContainerEvent Stats(SavedContainer container, Cgroup cgroup)
        => new() { Type = ContainerEvent.Stats, Id = container.Id, Data = StatsReader.Read(cgroup, container.InitProcessPid) with { IntelRdt = Rdt(container) } };

    private static IntelRdtData Rdt(SavedContainer container)
        => container.IntelRdtPath is { } path ? RdtStats.Read(ResctrlFileSystem.Find() ?? path, path, container.IntelRdtMonPath) : new IntelRdtData();

    private static SavedContainer Running(ContainerRoot root, string id)
    {
        using var directory = root.Open(id);
        var container = directory.Load();
        return ContainerStatus.Of(directory, container) is not (RuntimeStatus.Stopped or RuntimeStatus.Creating) ? container
            : throw new ContainerException($"container with id {id} is not running: container not running");
    }
}
