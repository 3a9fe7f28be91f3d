namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The v1 hugetlb controller (cgroup-v1/hugetlb.rst).</summary>
public static class Hugetlb
{
    /// <param name="pageSize">as the kernel writes it: 64KB, 2MB, 1GB.</param>
    public static void Limit(in CgroupWrites writes, string pageSize, ulong bytes)
    {
        writes.Add($"hugetlb.{pageSize}.limit_in_bytes", bytes.ToString(), remedy: "see /sys/kernel/mm/hugepages for the sizes of this host");

        // Reservations are limited too where the kernel can (5.7), as runc does: mmap then fails instead of SIGBUS later.
        writes.Add($"hugetlb.{pageSize}.rsvd.limit_in_bytes", bytes.ToString(), optional: true);
    }
}
