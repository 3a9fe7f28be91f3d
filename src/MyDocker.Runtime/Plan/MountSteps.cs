using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Plan;

/// <summary>One mount of config.json on its way into the plan.</summary>
/// <param name="Path">where it is in config.json, for errors.</param>
/// <param name="Destination">absolute, without links of the image as far as they can be known.</param>
internal sealed record MountEntry(LaunchPlan Plan, LaunchRequest Request, MountSpec Spec, MountOptions Options, string Path, string Destination)
{
    public MountPlaces Places => Plan.Places;

    /// <summary>The mount has become the container's root: what comes goes into it.</summary>
    public void UseAsRootIfItIs(Cell mount)
    {
        if (Destination == "/")
        {
            Plan.Child.Add("use as root", Spec.Source ?? "the mount", Nr.dup3, mount, Plan.Builder.Root, OpenFlags.O_CLOEXEC);
        }
    }
}

/// <summary>
/// The mounts of config.json, in its order. Those of cgroups wait until the cgroup namespace is there (<see cref="CgroupSteps"/>),
/// and with them what goes below them.
/// </summary>
internal static unsafe class MountSteps
{
    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        using var resolver = request.Rootfs is RootfsSource.Existing { Path: var rootfs } ? new DestinationResolver(rootfs) : null;
        plan.Places = new MountPlaces(plan, resolver);
        foreach (var (_, destination) in request.OwnFiles)
        {
            plan.Places.Take(destination);
        }

        var (step, handover) = (plan.Child.Count, plan.Handovers.Count);
        var mounts = request.Spec.Mounts ?? [];
        for (var i = 0; i < mounts.Count; i++)
        {
            Add(plan, request, mounts[i], $"mounts[{i}]");
        }

        plan.MountSteps = step..plan.Child.Count;
        plan.MountHandovers = handover..plan.Handovers.Count;
        plan.Places.Forget();
    }

    /// <summary>Their owners are mapped already: they lie in the mapped mount of the writable layer.</summary>
    public static void AddOwnFiles(LaunchPlan plan, LaunchRequest request)
    {
        var child = plan.Child;
        foreach (var (source, destination) in request.OwnFiles)
        {
            var tree = child.NewCell();
            var target = plan.Builder.EnsureFile(destination);
            child.Add("open tree", source, Nr.open_tree, AtFlags.AT_FDCWD, child.Text(source), MountCalls.OPEN_TREE_CLONE | MountCalls.OPEN_TREE_CLOEXEC).Into(tree);
            plan.Builder.Attach(tree, target, source, destination);
        }
    }

    /// <summary>Nothing is made in a read-only tmpfs, or in a read-only /dev, until everything is: then they become it.</summary>
    public static void AddLateAttributes(LaunchPlan plan)
    {
        foreach (var (mount, attributes, recursive, path) in plan.Places.LateAttributes)
        {
            plan.Builder.SetAttributes(mount, new MountAttr { Set = attributes }, recursive, "make read-only", path);
        }

        plan.Places.LateAttributes.Clear();
    }

    /// <summary>What waited for the cgroup namespace.</summary>
    public static void AddLate(LaunchPlan plan)
    {
        foreach (var (_, add) in plan.Places.Late)
        {
            add();
        }

        AddLateAttributes(plan);
    }

    private static void Add(LaunchPlan plan, LaunchRequest request, MountSpec mount, string jsonPath)
    {
        var options = MountOptions.Parse(mount.Options, mount.Type);
        var given = Normalise(request, mount.Destination, jsonPath);
        var isKernels = !options.IsBind && mount.Type is "proc" or "sysfs";
        var destination = isKernels || options.MountsOnLink || options.CopiesLink ? given : plan.Places.Resolve(given);
        var entry = new MountEntry(plan, request, mount, options, jsonPath, destination);
        RefuseProc(entry);
        if (options.IsRemount)
        {
            RemountSteps.Add(entry);
        }
        else if (options.IsBind)
        {
            Now(entry, () => BindSteps.Add(entry));
        }
        else if (mount.Type is "cgroup" or "cgroup2")
        {
            CgroupMountSteps.Add(entry);
        }
        else
        {
            Now(entry, () => FileSystemSteps.Add(entry));
        }
    }

    /// <summary>Unless it goes below a mount that is still to come.</summary>
    private static void Now(MountEntry entry, Action add)
    {
        if (entry.Places.IsLate(entry.Destination))
        {
            entry.Places.Late.Add((entry.Destination, add));
        }
        else
        {
            add();
        }
    }

    /// <summary>
    /// Absolute, without "..". As runc a path that begins with the root file system's own is one within it, and a relative one is
    /// taken, with a warning, as relative to the container's root.
    /// </summary>
    private static string Normalise(LaunchRequest request, string destination, string jsonPath)
    {
        if (string.IsNullOrEmpty(destination))
        {
            throw new SpecException($"{jsonPath}.destination", "is empty; give an absolute path in the container");
        }

        if (!destination.StartsWith('/'))
        {
            RuntimeLog.Warn($"{jsonPath}.destination: {destination} is not absolute; it is taken as /{destination}");
            destination = $"/{destination}";
        }

        var path = Path.GetFullPath(destination) is { Length: > 1 } full ? full.TrimEnd('/') : "/";
        return request.Rootfs is RootfsSource.Existing { Path: { Length: > 1 } root } && path.StartsWith($"{root}/", StringComparison.Ordinal) ? path[root.Length..] : path;
    }

    /// <summary>
    /// What we write to /proc must reach the kernel (CVE-2019-16884): nothing but procfs goes on it, and below it only over
    /// files that tell of resources, as lxcfs does. The list is runc's.
    /// </summary>
    private static void RefuseProc(MountEntry entry)
    {
        var path = entry.Destination;
        var isProc = path == "/proc" && !IsProcFileSystem(entry);
        var isBelow = path.StartsWith("/proc/", StringComparison.Ordinal) && !MayBeReplaced.Contains(path);
        if (isProc || isBelow)
        {
            throw new SpecException($"{entry.Path}.destination", isProc ? "/proc cannot be mounted on because it is not of type proc" : $"{path} cannot be mounted on because it is inside /proc, which must be the kernel's own");
        }
    }

    private static bool IsProcFileSystem(MountEntry entry)
        => entry.Options.IsBind
            ? entry.Spec.Source is { } source && FileSystemStatus.TryRead(Path.GetFullPath(source, entry.Request.Directory), out var status) == Errno.None && status.Magic == FileSystemStatus.PROC_SUPER_MAGIC
            : entry.Options.IsRemount || entry.Spec.Type == "proc";

    private static string[] MayBeReplaced =>
    [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
        "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ];
}
