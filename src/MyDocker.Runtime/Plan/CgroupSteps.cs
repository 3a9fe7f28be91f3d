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

        plan.Host(HostPhase.BeforeClone, "create cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.Create), () => cgroup.Create.Select(step => step.ToString()));
        plan.Host(HostPhase.BeforeClone, "set limits of cgroup", cgroup.Cgroup.Path, _ => CgroupStep.RunAll(cgroup.Limits), () => cgroup.Limits.Select(step => step.ToString()));
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
            var cell = plan.Inherit("open", file, () => Files.Open(file, OpenFlags.O_WRONLY));
            plan.Builder.Write(cell, "0", "join", file);
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
