namespace MyDocker.Kernel.Mounts;

/// <summary>Flags of mount(2), linux/mount.h.</summary>
public static class MountFlags
{
    public const int MS_RDONLY = 1;
    public const int MS_NOSUID = 2;
    public const int MS_NODEV = 4;
    public const int MS_NOEXEC = 8;
    public const int MS_SYNCHRONOUS = 16;
    public const int MS_REMOUNT = 32;
    public const int MS_MANDLOCK = 64;
    public const int MS_DIRSYNC = 128;
    public const int MS_NOSYMFOLLOW = 256;
    public const int MS_NOATIME = 1024;
    public const int MS_NODIRATIME = 2048;
    public const int MS_BIND = 4096;
    public const int MS_MOVE = 8192;
    public const int MS_REC = 16384;
    public const int MS_SILENT = 32768;
    public const int MS_UNBINDABLE = 1 << 17;
    public const int MS_PRIVATE = 1 << 18;
    public const int MS_SLAVE = 1 << 19;
    public const int MS_SHARED = 1 << 20;
    public const int MS_RELATIME = 1 << 21;
    public const int MS_STRICTATIME = 1 << 24;
    public const int MS_LAZYTIME = 1 << 25;
    public const int MNT_DETACH = 2;
    public const int UMOUNT_NOFOLLOW = 8;
}

/// <summary>Attributes of fsmount(2) and mount_setattr(2), linux/mount.h.</summary>
public static class MountAttributes
{
    public const ulong MOUNT_ATTR_RDONLY = 0x01;
    public const ulong MOUNT_ATTR_NOSUID = 0x02;
    public const ulong MOUNT_ATTR_NODEV = 0x04;
    public const ulong MOUNT_ATTR_NOEXEC = 0x08;
    public const ulong MOUNT_ATTR__ATIME = 0x70;
    public const ulong MOUNT_ATTR_RELATIME = 0x00;
    public const ulong MOUNT_ATTR_NOATIME = 0x10;
    public const ulong MOUNT_ATTR_STRICTATIME = 0x20;
    public const ulong MOUNT_ATTR_NODIRATIME = 0x80;
    public const ulong MOUNT_ATTR_IDMAP = 0x00100000;
    public const ulong MOUNT_ATTR_NOSYMFOLLOW = 0x00200000;
}

/// <summary>Flags and commands of the descriptor-based mount calls (5.2): open_tree, move_mount, fsopen, fsconfig, fsmount.</summary>
public static class MountCalls
{
    public const int OPEN_TREE_CLONE = 1;
    public const int OPEN_TREE_CLOEXEC = 0x80000;
    public const int MOVE_MOUNT_F_EMPTY_PATH = 0x04;
    public const int MOVE_MOUNT_T_SYMLINKS = 0x10;
    public const int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    public const int FSOPEN_CLOEXEC = 1;
    public const int FSMOUNT_CLOEXEC = 1;
    public const int FSCONFIG_SET_FLAG = 0;
    public const int FSCONFIG_SET_STRING = 1;
    public const int FSCONFIG_CMD_CREATE = 6;
    public const int FSCONFIG_CMD_RECONFIGURE = 7;
    public const int FSPICK_CLOEXEC = 0x01;
    public const int FSPICK_EMPTY_PATH = 0x08;

    /// <summary>Bytes that fsconfig(2) takes for one value; mount(2) takes a page for all of them together.</summary>
    public const int LongestValue = 255;
}

/// <summary>struct mount_attr of mount_setattr(2) (5.12).</summary>
public struct MountAttr
{
    public ulong Set;
    public ulong Clear;
    public ulong Propagation;
    public ulong UserNamespaceFd;
}
