using System.Text;
using MyDocker.Kernel.Cgroups;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>Hosts of the three kinds, from mount tables.</summary>
internal static class TestLayouts
{
    public static CgroupLayout V1 { get; } = Parse("""
        26 25 0:21 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,xattr,name=systemd
        28 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct
        29 25 0:24 / /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory
        30 25 0:25 / /sys/fs/cgroup/freezer rw,nosuid - cgroup cgroup rw,freezer
        31 25 0:26 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid - cgroup cgroup rw,net_cls,net_prio
        32 25 0:27 / /sys/fs/cgroup/cpuset rw,nosuid - cgroup cgroup rw,cpuset
        33 25 0:28 / /sys/fs/cgroup/pids rw,nosuid - cgroup cgroup rw,pids
        34 25 0:29 / /sys/fs/cgroup/devices rw,nosuid - cgroup cgroup rw,devices
        35 25 0:30 / /sys/fs/cgroup/blkio rw,nosuid - cgroup cgroup rw,blkio
        36 25 0:31 / /sys/fs/cgroup/hugetlb rw,nosuid - cgroup cgroup rw,hugetlb
        37 25 0:32 / /sys/fs/cgroup/rdma rw,nosuid - cgroup cgroup rw,rdma
        """);

    public static CgroupLayout Hybrid { get; } = Parse("""
        32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
        33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices
        37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
        39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
        40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        """, "hugetlb");

    public static CgroupLayout V2 { get; } = UnifiedAt("/sys/fs/cgroup", "cpuset cpu io memory hugetlb pids rdma misc");

    /// <summary>A v2 host whose hierarchy is mounted at a directory.</summary>
    public static CgroupLayout UnifiedAt(string mount, string controllers)
        => Parse($"31 23 0:27 / {mount} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n", controllers);

    private static CgroupLayout Parse(string table, string unified = "")
        => CgroupLayout.Parse(Encoding.UTF8.GetBytes(table), _ => ControllerNames.ParseList(Encoding.UTF8.GetBytes(unified)));
}
