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
    public static void AddEmptyDirectory(LaunchPlan plan, LaunchRequest request, Place on)
    {
        if (request.Spec.Linux?.MaskedPaths is { Count: > 0 })
        {
            const ulong Attributes = MountAttributes.MOUNT_ATTR_RDONLY | MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NODEV | MountAttributes.MOUNT_ATTR_NOEXEC;
            plan.EmptyDirectory = plan.Builder.NewMount("tmpfs", "tmpfs", ["mode=755"], Attributes, "masked directories");
            plan.Builder.Attach(plan.EmptyDirectory.Value, on, "tmpfs", "masked directories");
        }
    }

    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        foreach (var path in Distinct(request.Spec.Linux?.ReadonlyPaths, "linux.readonlyPaths"))
        {
            if (plan.Places.IsLate(path))
            {
                plan.Places.Late.Add((path, () => AddReadOnly(plan, path)));
            }
            else
            {
                AddReadOnly(plan, path);
            }
        }

        foreach (var path in Distinct(request.Spec.Linux?.MaskedPaths, "linux.maskedPaths"))
        {
            AddMask(plan, path);
        }
    }

    private static IEnumerable<string> Distinct(List<string>? paths, string field)
    {
        var known = new HashSet<string>();
        for (var i = 0; i < (paths?.Count ?? 0); i++)
        {
            var path = paths![i].StartsWith('/') ? Path.GetFullPath(paths[i]) : throw new SpecException($"{field}[{i}]", $"\"{paths[i]}\" is not an absolute path in the container");
            if (known.Add(path.Length > 1 ? path.TrimEnd('/') : path))
            {
                yield return path;
            }
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

    /// <summary>
    /// What goes below a mount that is still to come is copied now and put there later: then the host's tree is out of sight.
    /// </summary>
    private static void AddMask(LaunchPlan plan, string path)
    {
        var isLate = plan.Places.IsLate(path);
        var directory = plan.Child.NewCell();
        var file = plan.Child.NewCell();
        if (isLate)
        {
            CopyDirectory(plan, directory);
            CopyFile(plan, file);
            plan.Places.Late.Add((path, Hide));
        }
        else
        {
            Hide();
        }

        void Hide()
        {
            var child = plan.Child;
            var asDirectory = plan.Builder.OpenInRoot(path, O_PATH | O_DIRECTORY, out var target, "open masked path").Tolerate(Errno.ENOENT, Errno.ENOTDIR);
            if (!isLate)
            {
                CopyDirectory(plan, directory);
            }

            var hide = plan.Builder.Attach(directory, target, "an empty directory", path);
            asDirectory.OnToleratedGoTo(child.Count);
            var asFile = plan.Builder.OpenInRoot(path, O_PATH, out var fileTarget, "open masked path").Tolerate(Errno.ENOENT, Errno.ENOTDIR);
            if (!isLate)
            {
                CopyFile(plan, file);
            }

            plan.Builder.Attach(file, fileTarget, "/dev/null", path);
            asFile.OnToleratedGoTo(child.Count);
            hide.SkipsTo(child.Count);
        }
    }

    private static void CopyDirectory(LaunchPlan plan, Cell into)
        => plan.Child.Add("open tree", "the empty directory", Nr.open_tree, plan.EmptyDirectory!.Value, plan.Builder.Empty, AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Into(into);

    private static void CopyFile(LaunchPlan plan, Cell into)
        => plan.Child.Add("open the host's", "/dev/null", Nr.open_tree, AT_FDCWD, plan.Child.Text("/dev/null"), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Into(into);
}
