namespace MyDocker.Runtime.Plan;

/// <summary>The container's interfaces: made by the parent beside the child's mounts, once the network namespace exists.</summary>
internal static class NetworkSteps
{
    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Network is not { } network)
        {
            return;
        }

        plan.Host(HostPhase.BesideChild, "set up", "the network", network.Run, network.Steps);
    }
}
