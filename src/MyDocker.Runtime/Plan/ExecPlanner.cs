namespace MyDocker.Runtime.Plan;

/// <summary>
/// The table of contents of a process that joins a running container. One clone: the parent has its children born in the
/// container's pid namespace, the child joins cgroups and namespaces and then goes the way of a container's own process.
/// </summary>
public static class ExecPlanner
{
    public static LaunchPlan Plan(ExecRequest request)
    {
        var process = request.Process;
        var plan = new LaunchPlan { Entrance = request.Entrance, FirstOwnDescriptor = 3 + process.PreservedDescriptors };

        RdtSteps.AddJoin(plan, request.RdtPath, request.RdtMonitorPath);
        LimitSteps.Add(plan, process);
        ProcessSteps.AddParent(plan, process);

        if (request.IsBornTwice)
        {
            NamespaceSteps.AddFirstLife(plan, request.Entrance);
        }

        SyncSteps.AddBegin(plan, request.Lock);
        SchedulingSteps.AddInitialAffinity(plan.Child, process.Process);
        CgroupSteps.AddExecJoin(plan, request);
        SchedulingSteps.AddFinalAffinity(plan.Child, process.Process);
        if (!request.IsBornTwice)
        {
            request.Entrance.AddSteps(plan.Child);
        }

        IdentitySteps.BecomeRoot(plan, request.Entrance.HasUserNamespace, process);
        plan.Builder.OpenOwnRoot();
        TerminalSteps.AddInside(plan, process);
        LabelSteps.Add(plan, process);
        SyncSteps.AddStart(plan, startSocket: null);
        ProcessSteps.AddSession(plan, process);
        ProcessSteps.Add(plan, process);
        IdentitySteps.GiveUp(plan, process);
        ExecSteps.Add(plan, process);
        return plan;
    }
}
