using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Plan;

/// <summary>The mounts of config.json, in its order; cgroup mounts wait until the cgroups are joined (<see cref="CgroupSteps"/>).</summary>
internal static unsafe class MountSteps
{
    /// <summary>An image must not redirect these by a link of its own (CVE-2019-16884, CVE-2025-52881).</summary>
    private const ulong NoLinks = OpenHow.RESOLVE_IN_ROOT | OpenHow.RESOLVE_NO_SYMLINKS;

    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        var mounts = request.Spec.Mounts ?? [];
        for (var i = 0; i < mounts.Count; i++)
        {
            var mount = mounts[i];
            if (string.IsNullOrEmpty(mount.Destination))
            {
                throw new SpecException($"mounts[{i}].destination", "is empty; give an absolute path in the container");
            }

            if (mount.Type is "cgroup" or "cgroup2")
            {
                continue;
            }

            RefuseProc(mount, $"mounts[{i}].destination");

            var options = MountOptions.Parse(mount.Options, mount.Type);
            if (options.IsBind)
            {
                AddBind(plan, request, mount, options, $"mounts[{i}]");
            }
            else
            {
                AddFileSystem(plan, mount, options, $"mounts[{i}]");
            }
        }
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

    /// <summary>
    /// What we write to /proc must reach the kernel (CVE-2019-16884): nothing but procfs goes on it, and below it only over
    /// files that tell of resources, as lxcfs does. The list is runc's.
    /// </summary>
    private static void RefuseProc(MountSpec mount, string jsonPath)
    {
        var path = Path.GetFullPath(mount.Destination);
        var isProc = path == "/proc" && mount.Type != "proc";
        var isBelow = path.StartsWith("/proc/", StringComparison.Ordinal) && !MayBeReplaced.Contains(path);
        if (isProc || isBelow)
        {
            throw new SpecException(jsonPath, $"{path} is inside /proc, which must be the kernel's own; mount it elsewhere");
        }
    }

    private static string[] MayBeReplaced =>
    [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg",
        "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
    ];

    private static void AddFileSystem(LaunchPlan plan, MountSpec mount, MountOptions options, string jsonPath)
    {
        if (options.CopiesUp)
        {
            throw new SpecException($"{jsonPath}.options", "tmpcopyup is not supported yet");
        }

        var builder = plan.Builder;
        var destination = mount.Destination!;
        var type = mount.Type ?? throw new SpecException($"{jsonPath}.type", "is missing, and the options say neither bind nor rbind");
        var target = builder.EnsureDirectory(destination, resolve: type is "proc" or "sysfs" ? NoLinks : OpenHow.RESOLVE_IN_ROOT | OpenHow.RESOLVE_NO_MAGICLINKS);
        var cell = builder.NewMount(type, mount.Source ?? type, options.Data, options.Set, destination);
        builder.Attach(cell, target, type, destination);
        switch (type)
        {
            case "proc":
                plan.ProcMount = cell;
                break;
            case "devpts":
                plan.TerminalMount = cell;
                break;
        }
    }

    private static void AddBind(LaunchPlan plan, LaunchRequest request, MountSpec mount, MountOptions options, string jsonPath)
    {
        var source = mount.Source ?? throw new SpecException($"{jsonPath}.source", "is missing; a bind mount needs the path on the host");
        var errno = Files.TryStat(source, out var stat);
        if (errno != Errno.None)
        {
            throw new SpecException($"{jsonPath}.source", $"bind {source}: {errno.Describe()}");
        }

        Cell Opened(Func<LaunchState?, Fd> open) => options.IsMapped && NamespaceSteps.HasUserNamespace(request.Spec)
            ? plan.HandOver("open tree, owners mapped, of", source, open)
            : plan.Inherit("open tree", source, () => open(null));

        var tree = Opened(state => OpenTree(source, options, state, request.OwnerFallback));
        var builder = plan.Builder;
        var destination = mount.Destination!;
        var target = stat.IsDirectory ? builder.EnsureDirectory(destination) : builder.EnsureFile(destination);
        builder.Attach(tree, target, source, destination);
    }

    /// <summary>A detached copy of the source with the attributes asked for; nobody else ever sees it without them.</summary>
    private static Fd OpenTree(string source, MountOptions options, LaunchState? state, OwnerFallback? fallback)
    {
        var tree = MountTree.Clone(source, options.IsRecursiveBind);
        try
        {
            var attributes = new MountAttr
            {
                Set = options.Set,
                Clear = options.Clear,
                Propagation = (ulong)(options.Propagation == 0 ? MountFlags.MS_PRIVATE : options.Propagation),
            };
            if (state is not null)
            {
                attributes.Set |= MountAttributes.MOUNT_ATTR_IDMAP;
                attributes.UserNamespaceFd = (ulong)state.UserNamespace.Number;
            }

            var errno = MountTree.TrySetAttributes(tree, attributes);
            if (state is not null && fallback is not null && OwnerMapping.IsRefusal(errno))
            {
                attributes.Set &= ~MountAttributes.MOUNT_ATTR_IDMAP;
                attributes.UserNamespaceFd = 0;
                Require(MountTree.TrySetAttributes(tree, attributes), "set attributes of", source);
                fallback.Bind(source, errno);
                errno = Errno.None;
            }

            Require(errno, state is null ? "set attributes of" : OwnerMapping.Operation, source);
            if ((options.RecursiveSet | options.RecursiveClear) != 0 || options.IsRecursiveBind)
            {
                var recursive = attributes with { Set = options.RecursiveSet, Clear = options.RecursiveClear, UserNamespaceFd = 0 };
                Require(MountTree.TrySetAttributes(tree, recursive, recursive: true), "set attributes below", source);
            }

            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private static void Require(Errno errno, string operation, string source)
    {
        if (errno != Errno.None)
        {
            throw new KernelException(operation, source, errno);
        }
    }
}
