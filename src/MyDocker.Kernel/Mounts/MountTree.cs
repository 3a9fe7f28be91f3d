using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;

namespace MyDocker.Kernel.Mounts;

/// <summary>A detached copy of a mount, held by a descriptor: nobody can reach it by a path until it is moved somewhere.</summary>
public static unsafe class MountTree
{
    /// <summary>Copies the mount that holds a path (open_tree(2), OPEN_TREE_CLONE), with those below it if recursive.</summary>
    public static Fd Clone(string path, bool recursive = false, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (path.Length == 0 ? AT_EMPTY_PATH : 0);
        return new Fd((int)Syscall.Check(Syscall.Invoke(Nr.open_tree, dir?.Number ?? AT_FDCWD, name.Address, flags), "open tree", path.Length == 0 ? dir!.ProcPath : path));
    }

    /// <summary>Changes attributes of a detached mount.</summary>
    public static Errno TrySetAttributes(Fd tree, in MountAttr attributes, bool recursive = false)
    {
        using var empty = new Utf8Z("", stackalloc byte[1]);
        fixed (MountAttr* attr = &attributes)
        {
            return Syscall.ErrnoOf(Syscall.Invoke(Nr.mount_setattr, tree.Number, empty.Address, AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), (nint)attr, sizeof(MountAttr)));
        }
    }

    /// <summary>
    /// Maps the owners of a detached mount through a user namespace (5.12; overlayfs layers 5.19). EINVAL: the file system
    /// cannot do that.
    /// </summary>
    public static Errno TryMapOwners(Fd tree, Fd userNamespace, bool recursive = false)
        => TrySetAttributes(tree, new MountAttr { Set = MountAttributes.MOUNT_ATTR_IDMAP, UserNamespaceFd = (ulong)userNamespace.Number }, recursive);
}
