using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// linux.maskedPaths and linux.readonlyPaths. A hidden directory shows one shared empty tmpfs, a hidden file the host's own
/// /dev/null (its real inode, opened from the host's tree: CVE-2025-31133). A path that does not exist needs no hiding.
/// </summary>
internal static unsafe class MaskSteps
{
    /// <summary>
    /// Mounts the empty directory before the root file system goes on top of it: a mount can only be copied from a place in
    /// the container's own mount namespace (detached ones only since 6.15).
    /// </summary>
    public static void AddEmptyDirectory(LaunchPlan plan, LaunchRequest request, Cell on)
    {
        if (request.Spec.Linux?.MaskedPaths is { Count: > 0 })
        {
            const ulong Attributes = MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NODEV | MountAttributes.MOUNT_ATTR_NOEXEC;
            plan.EmptyDirectory = plan.Builder.NewMount("tmpfs", "tmpfs", ["size=0", "nr_inodes=2", "mode=755"], Attributes, "masked directories");
            plan.Builder.Attach(plan.EmptyDirectory.Value, on, "tmpfs", "masked directories");
        }
    }

    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        foreach (var path in request.Spec.Linux?.ReadonlyPaths ?? [])
        {
            AddReadOnly(plan, path);
        }

        foreach (var path in request.Spec.Linux?.MaskedPaths ?? [])
        {
            AddMask(plan, path);
        }
    }

    private static void AddReadOnly(LaunchPlan plan, string path)
    {
        var open = plan.Builder.OpenInRoot(path, O_PATH, out var target, "open read-only path").Tolerate(Errno.ENOENT, Errno.ENOTDIR);
        var tree = plan.Builder.CloneMount(target, recursive: true, path);
        plan.Builder.SetAttributes(tree, new MountAttr { Set = MountAttributes.MOUNT_ATTR_RDONLY }, recursive: true, "make read-only", path);
        plan.Builder.Attach(tree, target, "read-only", path);
        open.OnToleratedGoTo(plan.Child.Count);
    }

    private static void AddMask(LaunchPlan plan, string path)
    {
        var child = plan.Child;
        var tree = child.NewCell();
        var directory = plan.Builder.OpenInRoot(path, O_PATH | O_DIRECTORY, out var target, "open masked path").Tolerate(Errno.ENOENT, Errno.ENOTDIR);
        child.Add("open tree", "the empty directory", Nr.open_tree, plan.EmptyDirectory!.Value, plan.Builder.Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Into(tree);
        var hide = plan.Builder.Attach(tree, target, "an empty directory", path);

        directory.OnToleratedGoTo(child.Count);
        var file = plan.Builder.OpenInRoot(path, O_PATH, out var fileTarget, "open masked path").Tolerate(Errno.ENOENT, Errno.ENOTDIR);
        child.Add("open the host's", "/dev/null", Nr.open_tree, AT_FDCWD, child.Text("/dev/null"), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Into(tree);
        plan.Builder.Attach(tree, fileTarget, "/dev/null", path);

        file.OnToleratedGoTo(child.Count);
        hide.SkipsTo(child.Count);
    }
}
