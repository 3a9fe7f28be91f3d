namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>The v2 pids controller (cgroup-v2.rst, "PID"); the files are those of v1.</summary>
public static class Pids
{
    /// <param name="limit">tasks (threads count); below zero for no limit.</param>
    public static void Limit(in CgroupWrites writes, long limit) => V1.Pids.Limit(writes, limit);

    public static PidsStats Read(string directory) => V1.Pids.Read(directory);
}
