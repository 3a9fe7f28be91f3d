using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;

namespace MyDocker.Kernel.Mounts;

/// <summary>A detached mount, held by a descriptor: nobody can reach it by a path until it is moved somewhere.</summary>
public static unsafe class MountTree
{
    /// <summary>Copies the mount that holds a path (open_tree(2), OPEN_TREE_CLONE), with those below it if recursive.</summary>
    public static Fd Clone(string path, bool recursive = false, Fd? dir = null, bool followLinks = true)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) | (path.Length == 0 ? AT_EMPTY_PATH : 0) | (followLinks ? 0 : AT_SYMLINK_NOFOLLOW);
        return new Fd((int)Syscall.Check(Syscall.Invoke(Nr.open_tree, dir?.Number ?? AT_FDCWD, name.Address, flags), "open tree", path.Length == 0 ? dir!.ProcPath : path));
    }

    /// <summary>Whether this process has rights over its mount namespace.</summary>
    public static bool MayCopy
    {
        get
        {
            using var name = new Utf8Z("/", stackalloc byte[2]);
            var result = Syscall.Invoke(Nr.open_tree, AT_FDCWD, name.Address, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
            if (result >= 0)
            {
                new Fd((int)result).Dispose();
            }

            return result >= 0;
        }
    }

    /// <summary>Makes a file system (fsopen(2), fsconfig(2) with "key=value" or "flag" words, fsmount(2)).</summary>
    public static Fd New(string type, IEnumerable<string> words, ulong attributes)
    {
        var target = $"{type} file system";
        using var typeName = new Utf8Z(type, stackalloc byte[Utf8Z.Inline]);
        using var context = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.fsopen, typeName.Address, FSOPEN_CLOEXEC), "make", target));
        foreach (var word in words)
        {
            Configure(context, word, target);
        }

        Syscall.Check(Syscall.Invoke(Nr.fsconfig, context.Number, FSCONFIG_CMD_CREATE, 0, 0, 0), "make", target);
        return new Fd((int)Syscall.Check(Syscall.Invoke(Nr.fsmount, context.Number, FSMOUNT_CLOEXEC, (nint)attributes), "mount", target));
    }

    private static void Configure(Fd context, string word, string target)
    {
        var equals = word.IndexOf('=');
        using var key = new Utf8Z(equals < 0 ? word : word[..equals], stackalloc byte[Utf8Z.Inline]);
        using var value = new Utf8Z(equals < 0 ? "" : word[(equals + 1)..], stackalloc byte[Utf8Z.Inline]);
        Syscall.Check(Syscall.Invoke(Nr.fsconfig, context.Number, equals < 0 ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, key.Address, equals < 0 ? 0 : value.Address, 0), $"set {word} of", target);
    }

    /// <summary>Mounts a detached mount on what a descriptor (O_PATH will do) refers to.</summary>
    public static void Attach(Fd tree, Fd target, string shown)
    {
        using var empty = new Utf8Z("", stackalloc byte[1]);
        Syscall.Check(Syscall.Invoke(Nr.move_mount, tree.Number, empty.Address, target.Number, empty.Address, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), "mount on", shown);
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
