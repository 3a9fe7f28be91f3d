namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>The v2 hugetlb controller (cgroup-v2.rst, "HugeTLB").</summary>
public static class Hugetlb
{
    /// <param name="pageSize">as the kernel writes it: 64KB, 2MB, 1GB.</param>
    public static void Limit(in CgroupWrites writes, string pageSize, ulong bytes)
    {
        writes.Add($"hugetlb.{pageSize}.max", bytes.ToString(), remedy: "see /sys/kernel/mm/hugepages for the sizes of this host");
        writes.Add($"hugetlb.{pageSize}.rsvd.max", bytes.ToString(), optional: true);
    }
}
