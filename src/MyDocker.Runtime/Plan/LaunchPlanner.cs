namespace MyDocker.Runtime.Plan;

/// <summary>
/// The table of contents of a container's birth. Each line adds one feature's steps to the plan, for the parent and for
/// the child, in the order in which the kernel wants them:
/// <list type="number">
/// <item>the child waits until the parent has mapped its ids and made its mounts, then becomes root of its namespace;</item>
/// <item>the root file system, what is mounted in it, devices, the terminal;</item>
/// <item>kernel settings, hidden and read-only paths;</item>
/// <item>hooks, if there are any, see the container's mounts and the host's;</item>
/// <item>pivot_root; from here on host paths do not exist;</item>
/// <item>the cgroups, as late as can be: what the set-up itself used is not the container's debt;</item>
/// <item>the child has its session and streams, says that it is ready and waits for the start;</item>
/// <item>descriptors, identity, capabilities, seccomp are given up, and the command is executed.</item>
/// </list>
/// Planning touches nothing: it needs no root, and <c>--explain</c> prints its result.
/// </summary>
public static class LaunchPlanner
{
    public static LaunchPlan Plan(LaunchRequest request)
    {
        var process = request.OfProcess();
        var plan = new LaunchPlan { CloneFlags = NamespaceSteps.CloneFlags(request.Spec), FirstOwnDescriptor = 3 + process.PreservedDescriptors, Directory = request.Directory, AtHooks = request.AtHooks };

        IdMapSteps.Add(plan, request);
        CgroupSteps.AddParent(plan, request);
        RdtSteps.Add(plan, request.Rdt);
        NetworkSteps.Add(plan, request);
        LimitSteps.Add(plan, process);
        ProcessSteps.AddParent(plan, process);

        NamespaceSteps.AddFirstLife(plan, request.Spec);
        SyncSteps.AddBegin(plan, request.Lock);
        IdentitySteps.BecomeRoot(plan, NamespaceSteps.HasUserNamespace(request.Spec), process);
        NamespaceSteps.AddJoins(plan, request);
        NetworkSteps.AddLoopback(plan, request);
        RootfsSteps.AddMount(plan, request);
        MountSteps.AddOwnFiles(plan, request);
        MountSteps.Add(plan, request);
        DeviceSteps.Add(plan, request);
        TerminalSteps.Add(plan, process);
        MountSteps.AddLateAttributes(plan);
        SysctlSteps.Add(plan, request);
        MaskSteps.Add(plan, request);
        CgroupSteps.AddEarlyJoin(plan, request);
        SyncSteps.AddHooks(plan);
        ProcessSteps.AddWorkingDirectory(plan, process);
        RootfsSteps.AddPivot(plan, request);
        RootfsSteps.AddReadOnly(plan, request);
        HostnameSteps.Add(plan, request);
        CgroupSteps.AddJoin(plan, request);
        ProcessSteps.AddSession(plan, process);
        ProcessSteps.AddNullStreams(plan, process);
        ExecSteps.AddLookup(plan, request);
        LabelSteps.Add(plan, process);
        SyncSteps.AddStart(plan, request.StartSocket, request.SaysReady, request.Seccomp?.HasListener == true);
        ProcessSteps.Add(plan, process);
        IdentitySteps.GiveUp(plan, process);
        ExecSteps.Add(plan, process);
        return plan;
    }
}
