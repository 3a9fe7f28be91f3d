using MyDocker.Kernel.Processes;

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

        foreach (var line in network.Steps)
        {
            plan.Host(HostPhase.BesideChild, line, "", _ => { });
        }

        plan.Host(HostPhase.BesideChild, "send", "the steps above to the kernel", network.Run);
    }
}
