using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Cgroups;

/// <summary>Turns the limits of an OCI container into operations on the cgroups of this host.</summary>
public static class CgroupSetup
{
    /// <summary>
    /// Plans the cgroup of a new container; changes nothing.
    /// </summary>
    /// <param name="path">"/mydocker/web1", or relative to the cgroup of this process.</param>
    /// <exception cref="CgroupLimitException">a limit that this host cannot set, or that contradicts another.</exception>
    public static CgroupPlan Plan(CgroupLayout layout, string path, LinuxResources? resources, CgroupOptions? options = null)
    {
        // 1. The limits, which also tell which controllers are needed.
        // 2. The hierarchies: the usual ones, those with a limit, or all.
        // 3. Directories and joins of each.
        options ??= new CgroupOptions();
        var plan = new CgroupPlan(new Cgroup(layout, path));
        var limits = new LimitContext(plan.Cgroup, plan.LimitSteps, plan.LateSteps, plan.WarningList, isUpdate: false);
        AddLimits(limits, resources ?? new LinuxResources(), options);

        foreach (var hierarchy in layout.V1)
        {
            var joined = (hierarchy.Controllers & (CgroupOptions.Usual | limits.NeededV1)) != 0
                || (options.AllHierarchies && !hierarchy.ReadOnly);
            if (joined)
            {
                AddV1(plan, hierarchy);
            }
        }

        if (layout.Unified is { } unified
            && (layout.Mode == CgroupMode.V2 || limits.NeedsV2 || (options.AllHierarchies && !options.LeavesV2Out && !unified.ReadOnly)))
        {
            AddV2(plan, unified, limits.NeededV2, options);
        }

        if (options.CheckUnused)
        {
            plan.CheckSteps.Add(new CgroupStep(CgroupStepKind.CheckUnused, plan.Cgroup.ProcessDirectory));
        }

        if (plan.CreateSteps.Count == 0)
        {
            throw new CgroupException($"plan cgroup {path}", Kernel.Syscalls.Errno.None, "this host has no cgroup hierarchy: mount -t cgroup2 none /sys/fs/cgroup");
        }

        return plan;
    }

    /// <summary>
    /// The same with a systemd unit as the owner of the cgroup, as with runc's --systemd-cgroup. Asks a user's systemd where it
    /// lives; changes nothing.
    /// </summary>
    /// <param name="cgroupsPath">"slice:prefix:name", or null for a scope of the container's id.</param>
    /// <param name="annotations">of the container: org.systemd.property.NAME are properties of the unit.</param>
    public static CgroupPlan PlanSystemd(
        CgroupLayout layout, string? cgroupsPath, string id, LinuxResources? resources, IReadOnlyDictionary<string, string>? annotations = null, CgroupOptions? options = null)
    {
        var user = SystemdManager.IsUsers;
        if (user && layout.Mode != CgroupMode.V2)
        {
            throw new CgroupException("plan cgroup", Kernel.Syscalls.Errno.None, "a user's systemd hands out cgroups on cgroup v2 only");
        }

        var (slice, unit) = CgroupUnit.Parse(cgroupsPath, id, user);
        var parent = UnitName.ExpandSlice(slice);
        if (user)
        {
            using var manager = SystemdManager.Open(user: true);
            parent = manager.ControlGroup() + parent;
        }

        // A slice names its own parents.
        var path = unit.EndsWith(".slice", StringComparison.Ordinal) ? UnitName.ExpandSlice(unit) : $"{parent.TrimEnd('/')}/{unit}";
        var rounded = SystemdProperties.Rounded(resources ?? new LinuxResources());
        var plan = Plan(layout, path, rounded, options);
        plan.Unit = new CgroupUnit(unit, user)
        {
            Slice = slice,
            ContainerId = id,
            Mode = layout.Mode,
            Resources = rounded,
            Given = UnitPropertyText.Read(annotations),
        };
        plan.CloneInto = null;
        if (layout.V1.FirstOrDefault(hierarchy => hierarchy.Name == "systemd") is { } own)
        {
            // That hierarchy is systemd's alone.
            var directory = plan.Cgroup.DirectoryIn(own);
            plan.CreateSteps.RemoveAll(step => step.Directory == directory);
            plan.JoinFileList.Remove(directory + "/tasks");
        }

        return plan;
    }

    /// <summary>
    /// Plans new limits for a running container: those that are set in <paramref name="resources"/>, the others stay.
    /// On v2 give memory and memory+swap together, as v2 keeps only their difference.
    /// </summary>
    public static IReadOnlyList<CgroupStep> PlanUpdate(Cgroup cgroup, LinuxResources resources)
    {
        var steps = new List<CgroupStep>();
        var limits = new LimitContext(cgroup, steps, steps, [], isUpdate: true);
        AddLimits(limits, resources, new CgroupOptions { Devices = resources.Devices is { Count: > 0 } });
        return steps;
    }

    /// <summary>
    /// Changes the limits of a running container. A memory limit below what is in use (without the file cache, which
    /// the kernel drops) is refused with that figure, as v2 would kill for it, unless <paramref name="force"/> is set or
    /// memory.checkBeforeUpdate is false; where that is true, file cache counts as well.
    /// </summary>
    /// <param name="unit">the systemd unit of the cgroup, where it has one: its properties are changed first.</param>
    public static void Update(Cgroup cgroup, LinuxResources resources, bool force = false, CgroupUnit? unit = null)
    {
        resources = unit is null ? resources : SystemdProperties.Rounded(SystemdProperties.Completed(cgroup, resources));
        var steps = PlanUpdate(cgroup, resources);
        if (!force)
        {
            MemoryCheck.Refuse(cgroup, resources.Memory);
        }

        unit?.Update(cgroup, resources);
        CgroupStep.RunAll(steps);
    }

    private static void AddLimits(LimitContext limits, LinuxResources resources, CgroupOptions options)
    {
        if (options.Devices)
        {
            DeviceLimits.Add(limits, resources.Devices);
        }

        MemoryLimits.Add(limits, resources.Memory);
        CpuLimits.Add(limits, resources.Cpu);
        OtherLimits.AddPids(limits, resources.Pids);
        IoLimits.Add(limits, resources.BlockIO);
        OtherLimits.AddHugepages(limits, resources.HugepageLimits);
        OtherLimits.AddNetwork(limits, resources.Network);
        OtherLimits.AddRdma(limits, resources.Rdma);
        OtherLimits.AddUnified(limits, resources.Unified);
    }

    private static void AddV1(CgroupPlan plan, CgroupHierarchy hierarchy)
    {
        var directory = plan.Cgroup.DirectoryIn(hierarchy);
        plan.CreateSteps.Add(new CgroupStep(CgroupStepKind.MakeDirectory, directory));
        if ((hierarchy.Controllers & Controllers.Cpuset) != 0)
        {
            plan.CreateSteps.Add(new CgroupStep(CgroupStepKind.InheritCpuset, directory));
        }

        plan.JoinFileList.Add(directory + "/tasks");
    }

    private static void AddV2(CgroupPlan plan, CgroupHierarchy unified, Controllers need, CgroupOptions options)
    {
        var directory = plan.Cgroup.DirectoryIn(unified);
        plan.CreateSteps.Add(new CgroupStep(CgroupStepKind.MakeDirectory, directory));

        // From the top, and only after the directory is there: while it is, no parallel end of another container can
        // remove a parent and with it what was enabled.
        need &= unified.Controllers;
        var want = (options.AllHierarchies ? unified.Controllers : unified.Controllers & CgroupOptions.Usual) & ~need;
        for (var slash = unified.Mount.Length; slash > 0 && (need | want) != 0; slash = directory.IndexOf('/', slash + 1))
        {
            plan.CreateSteps.Add(new CgroupStep(CgroupStepKind.EnableControllers, directory[..slash]) { Need = need, Want = want });
        }

        if (options.Owner is { } owner)
        {
            plan.CreateSteps.Add(new CgroupStep(CgroupStepKind.Delegate, directory) { Owner = owner });
        }

        plan.CloneInto = directory;
    }
}
