namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>The v2 rdma controller (cgroup-v2.rst, "RDMA"); the file is that of v1.</summary>
public static class Rdma
{
    public static void Limit(in CgroupWrites writes, string device, uint? handles, uint? objects)
        => V1.Rdma.Limit(writes, device, handles, objects);
}
