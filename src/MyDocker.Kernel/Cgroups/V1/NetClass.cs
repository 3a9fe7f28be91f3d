namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The net_cls controller (cgroup-v1/net_cls.rst): a class for tc(8) and nftables.</summary>
public static class NetClass
{
    public static void Set(in CgroupWrites writes, uint classId) => writes.Add("net_cls.classid", classId.ToString());
}
