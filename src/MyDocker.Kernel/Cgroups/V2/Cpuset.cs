namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>The v2 cpuset controller (cgroup-v2.rst, "Cpuset"); an empty set is the parent's.</summary>
public static class Cpuset
{
    public static void Set(in CgroupWrites writes, string? cpus, string? memoryNodes)
    {
        if (!string.IsNullOrEmpty(cpus))
        {
            writes.Add("cpuset.cpus", cpus, remedy: "a list of CPUs of this host, such as 0-3,7");
        }

        if (!string.IsNullOrEmpty(memoryNodes))
        {
            writes.Add("cpuset.mems", memoryNodes, remedy: "a list of memory nodes of this host, such as 0-1");
        }
    }
}
