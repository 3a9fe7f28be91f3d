namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The net_prio controller (cgroup-v1/net_prio.rst): a priority on each interface.</summary>
public static class NetPrio
{
    public static void Set(in CgroupWrites writes, string networkInterface, uint priority)
        => writes.Add("net_prio.ifpriomap", $"{networkInterface} {priority}", remedy: "does the interface exist on the host?");
}
