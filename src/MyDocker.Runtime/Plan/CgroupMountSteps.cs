using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountAttributes;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// Mounts of type cgroup and cgroup2. With a cgroup namespace the container mounts the hierarchies, and their root is its own
/// cgroup; a new one is there only when the child has joined its cgroups, so these mounts wait. Without one, a v1 hierarchy is
/// the container's own cgroup, bound: mounted, it would show the host's. v2 shows the host's either way, as with runc.
/// </summary>
internal static unsafe class CgroupMountSteps
{
    private const ulong Always = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

    public static void Add(MountEntry entry)
    {
        var layout = entry.Request.Cgroup?.Cgroup.Layout ?? CgroupLayout.Host;
        var isUnified = layout.Mode == CgroupMode.V2 || entry.Spec.Type == "cgroup2";
        var spec = entry.Request.Spec;
        if (NamespaceSteps.IsNew(spec, "cgroup") || entry.Places.IsLate(entry.Destination))
        {
            // The mount point is made now: a read-only root file system comes before the namespace.
            var place = entry.Places.IsLate(entry.Destination) ? (Place?)null : entry.Places.Directory(entry.Destination);
            entry.Places.Take(entry.Destination);
            entry.Places.Late.Add((entry.Destination, () => Mount(entry, layout, isUnified, place)));
        }
        else
        {
            Mount(entry, layout, isUnified, null);
            entry.Places.Take(entry.Destination);
        }
    }

    private static void Mount(MountEntry entry, CgroupLayout layout, bool isUnified, Place? known)
    {
        var place = known ?? entry.Places.Directory(entry.Destination);
        if (isUnified)
        {
            AddUnified(entry, layout, place);
        }
        else
        {
            AddHierarchies(entry, layout, place);
        }
    }

    /// <summary>A user namespace without rights over the cgroup namespace cannot mount it; it gets the host's mount.</summary>
    private static void AddUnified(MountEntry entry, CgroupLayout layout, Place place)
    {
        var (builder, path) = (entry.Plan.Builder, entry.Destination);
        if (NamespaceSteps.HasUserNamespace(entry.Request.Spec) && !HasNamespace(entry) && layout.Unified is { } unified)
        {
            builder.Attach(Copy(entry, unified.Mount), place, unified.Mount, path);
            return;
        }

        var mount = builder.NewMount("cgroup2", "cgroup", entry.Options.Data, entry.Options.Set, path);
        builder.Attach(mount, place, "cgroup2", path);
    }

    /// <summary>
    /// One hierarchy beside the other on a tmpfs, with links for hierarchies of several controllers, as systemd lays them out on a
    /// host. A v2 hierarchy beside them (hybrid) is not for containers: no runtime shows it.
    /// </summary>
    private static void AddHierarchies(MountEntry entry, CgroupLayout layout, Place place)
    {
        var (builder, path) = (entry.Plan.Builder, entry.Destination);
        var tmpfs = builder.NewMount("tmpfs", "tmpfs", ["mode=755"], (entry.Options.Set | Always) & ~MOUNT_ATTR_RDONLY, path);
        builder.Attach(tmpfs, place, "tmpfs", path);
        foreach (var hierarchy in layout.V1.Where(one => IsIn(entry.Request, one)))
        {
            AddHierarchy(entry, layout, tmpfs, hierarchy);
        }

        if ((entry.Options.Set & MOUNT_ATTR_RDONLY) != 0)
        {
            entry.Places.LateAttributes.Add((tmpfs, MOUNT_ATTR_RDONLY, false, path));
        }
    }

    /// <summary>A hierarchy that the container has not joined would show it the host's root; it is not its business.</summary>
    private static bool IsIn(LaunchRequest request, CgroupHierarchy hierarchy)
        => request.Cgroup is not { Unit: null } cgroup || cgroup.JoinFiles.Any(file => file.StartsWith($"{hierarchy.Mount}/", StringComparison.Ordinal));

    private static void AddHierarchy(MountEntry entry, CgroupLayout layout, Cell tmpfs, CgroupHierarchy hierarchy)
    {
        var (child, builder) = (entry.Plan.Child, entry.Plan.Builder);
        var name = Path.GetFileName(hierarchy.Mount);
        var path = $"{entry.Destination}/{name}";
        List<string> controllers = hierarchy.Controllers.Each().Select(one => one.Name(v2: false)).ToList();
        child.Add("create directory", path, Nr.mkdirat, tmpfs, child.Text(name), 0x1ED);
        var place = new Place(tmpfs, child.Text(name), isOpen: false);
        if (HasNamespace(entry))
        {
            List<string> words = hierarchy.Name is { Length: > 0 } named ? ["none", $"name={named}"] : controllers;
            builder.Attach(builder.NewMount("cgroup", "cgroup", words, entry.Options.Set | Always, path), place, "cgroup", path);
        }
        else
        {
            var own = entry.Request.Cgroup?.Cgroup.DirectoryIn(hierarchy) ?? hierarchy.Directory(layout.OwnPath(hierarchy));
            builder.Attach(Copy(entry, own), place, own, path);
        }

        foreach (var controller in controllers.Where(controller => hierarchy.Name is null && controllers.Count > 1 && controller != name))
        {
            child.Add("create link", $"{entry.Destination}/{controller}", Nr.symlinkat, child.Text(name), tmpfs, child.Text(controller)).Tolerate(Errno.EEXIST);
        }
    }

    private static bool HasNamespace(MountEntry entry) => entry.Request.Spec.Linux?.Namespaces?.Any(one => one.Type == "cgroup") == true;

    /// <summary>A copy of the mount at a directory of the host; systemd makes its directories after the clone.</summary>
    private static Cell Copy(MountEntry entry, string directory)
    {
        var attributes = entry.Options.Set | Always;
        if (entry.Request.IsMountedByChild)
        {
            var tree = entry.Plan.Child.NewCell();
            entry.Plan.Builder.CloneHostMount(directory, recursive: false, tree);
            entry.Plan.Builder.SetAttributes(tree, new MountAttr { Set = attributes, Propagation = MountFlags.MS_PRIVATE }, recursive: false, "set attributes of", directory);
            return tree;
        }

        return entry.Request.Cgroup?.Unit is null
            ? entry.Plan.Inherit("open tree", directory, () => Open(directory, attributes))
            : entry.Plan.HandOver("open tree", directory, _ => Open(directory, attributes));
    }

    private static Fd Open(string directory, ulong attributes)
    {
        var tree = MountTree.Clone(directory);
        var errno = MountTree.TrySetAttributes(tree, new MountAttr { Set = attributes, Clear = MOUNT_ATTR__ATIME, Propagation = MountFlags.MS_PRIVATE });
        if (errno != Errno.None)
        {
            tree.Dispose();
            throw new KernelException("set attributes of", directory, errno);
        }

        return tree;
    }
}
