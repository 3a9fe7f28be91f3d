using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.AtFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>linux.resources, linux.cgroupsPath, cgroup mounts, the cgroup namespace.</summary>
internal static unsafe class CgroupSteps
{
    public static void AddParent(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Cgroup is not { } cgroup)
        {
            return;
        }

        if (cgroup.Check.Count > 0)
        {
            plan.Host(HostPhase.BeforeClone, "check cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.Check));
        }

        // A scope of systemd needs a process, and on v2 there is no cgroup before it. The v1 hierarchies that systemd does not
        // know are made by hand in any case, and joined by the child.
        var phase = HostPhase.BeforeClone;
        if (cgroup.Unit is { } unit)
        {
            plan.Host(HostPhase.AfterClone, "start systemd unit", unit.Name, state => unit.Start(state.Pid), unit.Describe);
            phase = cgroup.Cgroup.Layout.Mode == CgroupMode.V2 ? HostPhase.AfterClone : phase;
        }

        plan.Host(phase, "create cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.Create), () => cgroup.Create.Select(step => step.ToString()));
        plan.Host(phase, "set limits of cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.Limits), () => cgroup.Limits.Select(step => step.ToString()));
        plan.BirthCgroup = cgroup.CloneInto is null ? null : () => cgroup.OpenCloneInto()!;
        if (cgroup.LateLimits.Count > 0)
        {
            plan.Host(HostPhase.BesideChild, "set late limits of cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.LateLimits), () => cgroup.LateLimits.Select(step => step.ToString()));
        }
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

        if (NamespaceSteps.IsNew(request.Spec, "cgroup"))
        {
            child.Add("unshare", "cgroup namespace", Nr.unshare, (long)CloneFlags.CLONE_NEWCGROUP);
        }

        foreach (var mount in request.Spec.Mounts ?? [])
        {
            if (mount.Type is "cgroup" or "cgroup2")
            {
                AddMount(plan, request, mount);
            }
        }
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

        foreach (var hierarchy in cgroup.Layout.V1)
        {
            if (Files.Exists(cgroup.DirectoryIn(hierarchy)))
            {
                AddJoinFile(plan, $"{cgroup.DirectoryIn(hierarchy)}{SubCgroup(request, Cgroup.KeyOf(hierarchy))}/tasks");
            }
        }

        if (cgroup.Layout.Unified is not { } unified || !Files.Exists(cgroup.DirectoryIn(unified)))
        {
            return;
        }

        var sub = SubCgroup(request, "");
        var join = AddJoinFile(plan, $"{cgroup.DirectoryIn(unified)}{sub}/cgroup.procs");
        if (sub.Length == 0 && cgroup.Layout.Mode == CgroupMode.V2 && CgroupLayout.PathOf(request.InitPid, unified) is { } own)
        {
            join.Tolerate(Errno.EBUSY, Errno.EOPNOTSUPP);
            var other = AddJoinFile(plan, $"{unified.Directory(own)}/cgroup.procs");
            join.SkipsTo(other.Index + 1);
        }
    }

    private static SyscallProgram.Step AddJoinFile(LaunchPlan plan, string file)
    {
        var cell = plan.Inherit("open", file, () => Files.Open(file, OpenFlags.O_WRONLY));
        return plan.Builder.Write(cell, "0", "join", file);
    }

    private static string SubCgroup(ExecRequest request, string controller)
        => (request.SubCgroups.TryGetValue(controller, out var own) || request.SubCgroups.TryGetValue("", out own)) && own.Trim('/') is { Length: > 0 } path ? $"/{path}" : "";

    private static void AddMount(LaunchPlan plan, LaunchRequest request, Oci.Runtime.MountSpec mount)
    {
        var layout = request.Cgroup?.Cgroup.Layout ?? CgroupLayout.Detect();
        var options = MountOptions.Parse(mount.Options, mount.Type);
        var target = plan.Builder.EnsureDirectory(mount.Destination);
        if (layout.Mode == CgroupMode.V2)
        {
            var unified = plan.Builder.NewMount("cgroup2", "cgroup", [], options.Set, mount.Destination);
            plan.Builder.Attach(unified, target, "cgroup2", mount.Destination);
            return;
        }

        // One file system per hierarchy on a tmpfs, with links for hierarchies of several controllers, as systemd lays them out.
        var tmpfs = plan.Builder.NewMount("tmpfs", "cgroup", ["mode=755", "size=0", "nr_inodes=64"], options.Set & ~MountAttributes.MOUNT_ATTR_RDONLY, mount.Destination);
        plan.Builder.Attach(tmpfs, target, "tmpfs", mount.Destination);
        var joined = request.Cgroup?.JoinFiles ?? [];
        foreach (var hierarchy in layout.V1)
        {
            // A hierarchy that the container has not joined would show it the host's root; it is not its business.
            if (joined.Any(file => file.StartsWith(hierarchy.Mount + "/", StringComparison.Ordinal)))
            {
                AddHierarchy(plan, tmpfs, hierarchy, options, mount.Destination);
            }
        }

        if ((options.Set & MountAttributes.MOUNT_ATTR_RDONLY) != 0)
        {
            plan.Builder.SetAttributes(tmpfs, new MountAttr { Set = MountAttributes.MOUNT_ATTR_RDONLY }, recursive: false, "make read-only", mount.Destination);
        }
    }

    private static void AddHierarchy(LaunchPlan plan, Cell tmpfs, CgroupHierarchy hierarchy, MountOptions options, string destination)
    {
        var child = plan.Child;
        var name = Path.GetFileName(hierarchy.Mount);
        var path = $"{destination}/{name}";
        List<string> words = hierarchy.Name is { Length: > 0 } named ? ["none", $"name={named}"] : hierarchy.Controllers.Each().Select(one => one.Name(v2: false)).ToList();
        child.Add("create directory", path, Nr.mkdirat, tmpfs, child.Text(name), 0x1ED);
        var directory = child.NewCell();
        child.Add("open", path, Nr.openat, tmpfs, child.Text(name), OpenFlags.O_PATH | OpenFlags.O_CLOEXEC).Into(directory);
        var mount = plan.Builder.NewMount("cgroup", "cgroup", words, options.Set, path);
        plan.Builder.Attach(mount, directory, "cgroup", path);
        if (hierarchy.Name is null && words.Count > 1)
        {
            foreach (var word in words.Where(word => word != name))
            {
                child.Add("create link", $"{destination}/{word}", Nr.symlinkat, child.Text(name), tmpfs, child.Text(word)).Tolerate(Errno.EEXIST);
            }
        }
    }
}
