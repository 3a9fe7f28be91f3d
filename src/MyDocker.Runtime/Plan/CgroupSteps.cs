namespace MyDocker.Runtime.Plan;

/// <summary>linux.resources, linux.cgroupsPath, cgroup mounts, the cgroup namespace.</summary>
internal static class CgroupSteps
{
    public static void AddParent(LaunchPlan plan, LaunchRequest request)
    {
    }

    public static void AddJoin(LaunchPlan plan, LaunchRequest request)
    {
    }
}
