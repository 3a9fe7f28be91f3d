namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The rdma controller (cgroup-v1/rdma.rst); v2 has the same file.</summary>
public static class Rdma
{
    public static void Limit(in CgroupWrites writes, string device, uint? handles, uint? objects)
    {
        var text = device + (handles is { } h ? $" hca_handle={h}" : "") + (objects is { } o ? $" hca_object={o}" : "");
        writes.Add("rdma.max", text, remedy: "see /sys/class/infiniband for the devices of this host");
    }
}
