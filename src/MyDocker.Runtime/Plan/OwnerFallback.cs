using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// What to do instead where the kernel or a file system cannot map the owners of a mount. Asked only after it refused, while the
/// child waits for its mounts: a start where all can be mapped pays nothing for it. Everything else of the plan stays the same:
/// the child mounts what it is handed.
/// </summary>
/// <param name="OwnDirectory">gives the container's own files to its root as the host knows it.</param>
/// <param name="Layers">
/// copies the layers into the container's own directory, their owners moved up if the own directory is not mapped (first
/// argument), and returns the path of the copy, in which the layers have the names that they had.
/// </param>
/// <param name="Bind">takes note that the source of a bind mount stays as it is.</param>
public sealed record OwnerFallback(Action<Errno> OwnDirectory, Func<bool, Errno, string> Layers, Action<string, Errno> Bind);

/// <summary>Mounts with their owners mapped through the container's user namespace, or what comes instead.</summary>
internal static class OwnerMapping
{
    /// <summary>The step's name in errors; hints go by it.</summary>
    public const string Operation = "map owners of";

    /// <summary>
    /// EINVAL: the file system cannot (5.12 knows it, each file system in its own time). EPERM: the mount is mapped already,
    /// or its file system belongs to another user namespace.
    /// </summary>
    public static bool IsRefusal(Errno errno) => errno is Errno.EINVAL or Errno.EPERM or Errno.EOPNOTSUPP or Errno.ENOSYS;

    /// <summary>The container's own directory, which holds upper and work.</summary>
    public static Fd OwnDirectory(string path, LaunchState state, OwnerFallback? fallback, out bool isMapped)
    {
        var tree = MountTree.Clone(path);
        var errno = TryMap(tree, 0, state, fallback);
        isMapped = errno == Errno.None;
        if (!isMapped)
        {
            (fallback ?? throw new KernelException(Operation, path, errno)).OwnDirectory(errno);
            Leave(tree, 0, path);
        }

        return tree;
    }

    /// <summary>The directory that all layers lie in, read-only.</summary>
    public static Fd Layers(string parent, bool isOwnMapped, LaunchState state, OwnerFallback? fallback)
    {
        var tree = MountTree.Clone(parent);
        var errno = TryMap(tree, MountAttributes.MOUNT_ATTR_RDONLY, state, fallback);
        if (errno == Errno.None)
        {
            return tree;
        }

        tree.Dispose();
        var copy = (fallback ?? throw new KernelException(Operation, parent, errno)).Layers(isOwnMapped, errno);
        tree = MountTree.Clone(copy);
        if (!isOwnMapped)
        {
            Leave(tree, MountAttributes.MOUNT_ATTR_RDONLY, copy);
        }
        else if (TryMap(tree, MountAttributes.MOUNT_ATTR_RDONLY, state, fallback) is var again && again != Errno.None)
        {
            throw new KernelException(Operation, copy, again);
        }

        return tree;
    }

    /// <summary>
    /// A mount for overlayfs, which takes mapped ones since 5.19: before, mapping works and the union fails. An errno that says
    /// nothing about mapping is thrown.
    /// </summary>
    private static Errno TryMap(Fd tree, ulong attributes, LaunchState state, OwnerFallback? fallback)
    {
        if (fallback is not null && !KernelRelease.IsAtLeast(5, 19))
        {
            return Errno.ENOSYS;
        }

        var errno = MountTree.TrySetAttributes(tree, new MountAttr
        {
            Set = MountAttributes.MOUNT_ATTR_IDMAP | attributes,
            Propagation = MountFlags.MS_PRIVATE,
            UserNamespaceFd = (ulong)state.UserNamespace.Number,
        });
        return errno == Errno.None || IsRefusal(errno) ? errno : throw new KernelException(Operation, tree.ProcPath, errno);
    }

    private static void Leave(Fd tree, ulong attributes, string path)
    {
        var errno = MountTree.TrySetAttributes(tree, new MountAttr { Set = attributes, Propagation = MountFlags.MS_PRIVATE });
        if (errno != Errno.None)
        {
            throw new KernelException("set attributes of", path, errno);
        }
    }
}
