using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// Since Linux 6.8 <c>/proc/self/mountinfo</c> lists mounts by when they were made, not by where they are attached. It is to show
/// the order of config.json, so the child makes in it what it can make, and makes anew what only the parent could:
/// docs/adr/0009.
/// </summary>
internal static unsafe class MountOrder
{
    /// <summary>
    /// The child can copy the source of a bind mount: it has the parent's rights and mounts, and what it has mounted itself is not
    /// part of the copy. A mount that is to stay in the host's group of peers is for the parent, the child's receive only.
    /// </summary>
    public static bool IsForChild(MountEntry entry, string source, Stat found)
    {
        var spec = entry.Request.Spec;
        return entry.Request.IsMountedByChild || IsForChild(entry, spec, source, found);
    }

    private static bool IsForChild(MountEntry entry, RuntimeSpec spec, string source, Stat found)
        => !NamespaceSteps.HasUserNamespace(spec) && NamespaceSteps.PathOf(spec, "mount") is null
            && !BindAttributes.IsPeerOfHost(entry) && !(entry.Options.IsRecursiveBind && HoldsRoot(entry.Request, source, found));

    /// <summary>
    /// A new file system that the parent has filled, as the child's own mount of it (6.15; EINVAL: it takes the parent's). The
    /// parent's goes over the working directory and away with the host's mounts: whoever closes a mount that is nowhere waits
    /// for RCU, 60 µs or more. Not where hooks or sources of bind mounts are looked for there; then it is closed in the end.
    /// </summary>
    public static Cell MakeAnew(MountEntry entry, Cell tree)
    {
        var (plan, child, path) = (entry.Plan, entry.Plan.Child, entry.Destination);
        if (ReferenceEquals(entry.Spec, entry.Request.Spec.Mounts![0]))
        {
            return tree;
        }

        var mount = child.NewCell();
        var copy = child.Add("make anew", $"the mount for {path}", Nr.open_tree, tree, plan.Builder.Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Into(mount).Tolerate(Errno.EINVAL);
        var last = copy;
        if (NamespaceSteps.HasUserNamespace(entry.Request.Spec) && NamespaceSteps.IsNew(entry.Request.Spec, "mount") && plan.AtHooks is null)
        {
            last = child.Add("put out of sight", $"the parent's mount for {path}", Nr.move_mount, tree, plan.Builder.Empty, AT_FDCWD, plan.Builder.Empty, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
        }

        last.SkipsTo(child.Count + 1);
        copy.OnToleratedGoTo(child.Count);
        child.Add("take instead", $"the parent's mount for {path}", Nr.fcntl, tree, Descriptors.F_DUPFD_CLOEXEC, 3).Into(mount);
        return mount;
    }

    /// <summary>Where the child attaches the container's root lies in the source: a recursive copy would have it, too.</summary>
    private static bool HoldsRoot(LaunchRequest request, string source, Stat found)
    {
        if (Files.TryStat("/", out var root) != Errno.None || found.IsSameFileAs(root))
        {
            return true;
        }

        var place = request.Rootfs is not RootfsSource.Existing { Path: var path } ? request.Directory : request.AtHooks is null ? "/" : path;
        return place == source || place.StartsWith($"{source}/", StringComparison.Ordinal);
    }
}
