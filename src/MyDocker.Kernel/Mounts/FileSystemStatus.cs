using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Mounts;

/// <summary>What statfs(2) tells of the mount that a path or descriptor lies on.</summary>
/// <param name="Magic">the kind of file system, linux/magic.h.</param>
/// <param name="Flags">ST_* of statfs(2).</param>
public readonly record struct FileSystemStatus(long Magic, long Flags)
{
    public const long PROC_SUPER_MAGIC = 0x9fa0;
    public const long PIPEFS_MAGIC = 0x50495045;

    private const int ST_RDONLY = 1;
    private const int ST_NOSUID = 2;
    private const int ST_NODEV = 4;
    private const int ST_NOEXEC = 8;
    private const int ST_NOATIME = 1024;
    private const int ST_NODIRATIME = 2048;
    private const int ST_RELATIME = 4096;
    private const int ST_NOSYMFOLLOW = 8192;

    public static unsafe Errno TryRead(string path, out FileSystemStatus status)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var buffer = stackalloc long[32];
        return Read(Syscall.Retry(Nr.statfs, name.Address, (nint)buffer), buffer, out status);
    }

    public static unsafe FileSystemStatus Of(Fd fd)
    {
        var buffer = stackalloc long[32];
        var errno = Read(Syscall.Retry(Nr.fstatfs, fd.Number, (nint)buffer), buffer, out var status);
        return errno == Errno.None ? status : throw new KernelException("read the file system of", fd.ProcPath, errno);
    }

    /// <summary>The mount's attributes as mount_setattr(2) has them.</summary>
    public ulong Attributes
    {
        get
        {
            var flags = Flags;
            ulong If(long flag, ulong attribute) => (flags & flag) != 0 ? attribute : 0;
            var atime = (flags & ST_NOATIME) != 0 ? MountAttributes.MOUNT_ATTR_NOATIME
                : (flags & ST_RELATIME) != 0 ? MountAttributes.MOUNT_ATTR_RELATIME
                : MountAttributes.MOUNT_ATTR_STRICTATIME;
            return atime | If(ST_RDONLY, MountAttributes.MOUNT_ATTR_RDONLY) | If(ST_NOSUID, MountAttributes.MOUNT_ATTR_NOSUID)
                | If(ST_NODEV, MountAttributes.MOUNT_ATTR_NODEV) | If(ST_NOEXEC, MountAttributes.MOUNT_ATTR_NOEXEC)
                | If(ST_NODIRATIME, MountAttributes.MOUNT_ATTR_NODIRATIME) | If(ST_NOSYMFOLLOW, MountAttributes.MOUNT_ATTR_NOSYMFOLLOW);
        }
    }

    // struct statfs: f_type, f_bsize, five counters, f_fsid (8 bytes), f_namelen, f_frsize, f_flags: longs on x86-64 and arm64.
    private static unsafe Errno Read(nint result, long* buffer, out FileSystemStatus status)
    {
        status = new FileSystemStatus(buffer[0], buffer[10]);
        return Syscall.ErrnoOf(result);
    }
}
