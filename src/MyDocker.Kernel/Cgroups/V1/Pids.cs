namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The v1 pids controller (cgroup-v1/pids.rst); the files are those of v2.</summary>
public static class Pids
{
    /// <param name="limit">
    /// tasks (threads count); below zero for no limit. 0 is the first process alone, 1, as runc has it since 1.4: the kernel would
    /// let the process in and then refuse its every fork.
    /// </param>
    public static void Limit(in CgroupWrites writes, long limit) => writes.Add("pids.max", limit < 0 ? "max" : Math.Max(1, limit).ToString());

    public static PidsStats Read(string directory)
    {
        var limit = CgroupFile.ReadLong(directory + "/pids.max") ?? CgroupFile.Unlimited;
        return new PidsStats(
            CgroupFile.ReadLong(directory + "/pids.current") ?? 0,
            limit == CgroupFile.Unlimited ? null : limit);
    }
}
