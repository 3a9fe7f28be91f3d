using MyDocker.Runtime.Resctrl;

namespace MyDocker.Runtime.Plan;

/// <summary>linux.intelRdt: all of it is the parent's.</summary>
internal static class RdtSteps
{
    public static void Add(LaunchPlan plan, RdtGroup? group)
    {
        if (group is null)
        {
            return;
        }

        plan.Host(HostPhase.BeforeClone, "make the resctrl group", group.MonitorPath ?? group.Path, _ => group.Make());
        plan.Host(HostPhase.BeforeClone, "set shares of the resctrl group", group.Path, _ => group.Configure());
        AddJoin(plan, group.Path, group.MonitorPath);
    }

    /// <param name="path">the group; null: there is none.</param>
    public static void AddJoin(LaunchPlan plan, string? path, string? monitorPath)
    {
        if (path is not null)
        {
            plan.Host(HostPhase.AfterClone, "join the resctrl group", monitorPath ?? path, state => RdtGroup.Join(state.Pid, path, monitorPath));
        }
    }
}
