using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Plan;

/// <summary>linux.resources, linux.cgroupsPath, the cgroup namespace; its mounts are those of <see cref="CgroupMountSteps"/>.</summary>
internal static unsafe class CgroupSteps
{
    public static void AddParent(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Cgroup is not { } cgroup)
        {
            return;
        }

        // A scope of systemd needs a process, and on v2 there is no cgroup before it. The v1 hierarchies that systemd does not
        // know are made by hand in any case, and joined by the child.
        var phase = HostPhase.BeforeClone;
        if (cgroup.Unit is { } unit)
        {
            plan.Host(HostPhase.AfterClone, "start systemd unit", unit.Name, state => Start(cgroup, unit, state.Pid), unit.Describe);
            phase = cgroup.Cgroup.Layout.Mode == CgroupMode.V2 ? HostPhase.AfterClone : phase;
        }

        plan.Host(phase, "create cgroup", cgroup.Cgroup.Path, _ => Create(cgroup), () => cgroup.Create.Select(step => step.ToString()));
        plan.Host(phase, "set limits of cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.Limits), () => cgroup.Limits.Select(step => step.ToString()));
        plan.BirthCgroup = cgroup.CloneInto is null ? null : () => cgroup.OpenCloneInto()!;
        if (cgroup.LateLimits.Count > 0)
        {
            plan.Host(HostPhase.BesideChild, "set late limits of cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.LateLimits), () => cgroup.LateLimits.Select(step => step.ToString()));
        }
    }

    private static void Start(CgroupPlan cgroup, CgroupUnit unit, int pid)
    {
        unit.Start(pid);
        cgroup.IsTaken = true;
    }

    private static void Create(CgroupPlan cgroup)
    {
        cgroup.IsTaken = true;
        CgroupStep.RunAll(cgroup.Create);
    }

    /// <summary>
    /// The child moves itself, late: the memory that the set-up used is not charged to the container, and a thread that moves
    /// itself does not wait for an RCU grace period. The namespace's root is the cgroup that the child is in by then.
    /// </summary>
    public static void AddJoin(LaunchPlan plan, LaunchRequest request)
    {
        if (request.AtHooks is null)
        {
            Join(plan, request);
        }
    }

    /// <summary>Hooks find the container's cgroups by its pid: where there are any, the child joins before them.</summary>
    public static void AddEarlyJoin(LaunchPlan plan, LaunchRequest request)
    {
        if (request.AtHooks is not null)
        {
            Join(plan, request);
        }
    }

    private static void Join(LaunchPlan plan, LaunchRequest request)
    {
        var child = plan.Child;
        foreach (var file in request.Cgroup?.JoinFiles ?? [])
        {
            AddJoinFile(plan, file);
        }

        SchedulingSteps.AddReset(child);
        if (NamespaceSteps.IsNew(request.Spec, "cgroup"))
        {
            child.Add("unshare", "cgroup namespace", Nr.unshare, (long)CloneFlags.CLONE_NEWCGROUP);
        }

        MountSteps.AddLate(plan);
    }

    /// <summary>
    /// A process that is executed later joins by descriptors of the parent, which can open the files whoever the child is. On
    /// v2 a container's cgroup may have handed its controllers down and take no process any more (EBUSY): there the cgroup
    /// that init is in now is the one.
    /// </summary>
    public static void AddExecJoin(LaunchPlan plan, ExecRequest request)
    {
        if (request.Cgroup is not { } cgroup)
        {
            return;
        }

        var subs = new SubCgroups(request.SubCgroups);
        foreach (var hierarchy in cgroup.Layout.V1)
        {
            if (Files.Exists(cgroup.DirectoryIn(hierarchy)))
            {
                AddJoinFile(plan, $"{Below(cgroup.DirectoryIn(hierarchy), subs.In(hierarchy))}/tasks");
            }
        }

        subs.RequireAllUsed();

        if (cgroup.Layout.Unified is not { } unified || !Files.Exists(cgroup.DirectoryIn(unified)))
        {
            return;
        }

        var sub = subs.Everywhere;
        var join = AddJoinFile(plan, $"{Below(cgroup.DirectoryIn(unified), sub)}/cgroup.procs");
        if (sub.Length == 0 && cgroup.Layout.Mode == CgroupMode.V2 && CgroupLayout.PathOf(request.InitPid, unified) is { } own)
        {
            join.Tolerate(Errno.EBUSY, Errno.EOPNOTSUPP);
            var other = AddJoinFile(plan, $"{unified.Directory(own)}/cgroup.procs");
            join.SkipsTo(other.Index + 1);
        }
    }

    private static string Below(string directory, string sub)
        => sub.Length == 0 || Files.Exists(directory + sub) ? directory + sub
            : throw new ContainerException($"--cgroup: adding pid to cgroup {directory}{sub}: {Errno.ENOENT.Describe()}");

    private static SyscallProgram.Step AddJoinFile(LaunchPlan plan, string file)
    {
        var cell = plan.Inherit("open", file, () => Files.Open(file, OpenFlags.O_WRONLY));
        return plan.Builder.Write(cell, "0", "join", file);
    }
}
