using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Kernel.Paths;

/// <summary>
/// Copies what lies in one directory into another, by descriptors and without following a link: owners, modes, times, extended
/// attributes, devices. Names are bytes, as the kernel has them. A file with several names becomes several files.
/// </summary>
public static unsafe class TreeCopy
{
    private const int LongestLink = 4096;
    private const int LargestAttribute = 64 * 1024; // XATTR_SIZE_MAX

    /// <param name="keepsMode">the target directory itself keeps its mode.</param>
    public static void Copy(Fd from, Fd to, bool keepsMode = false)
    {
        foreach (var name in List(from))
        {
            fixed (byte* text = name)
            {
                CopyOne(from, to, text, name);
            }
        }

        CopyProperties(from, to, keepsMode);
    }

    private static void CopyOne(Fd from, Fd to, byte* name, byte[] bytes)
    {
        Stat stat;
        Check(Syscall.Invoke(Nr.statx, from.Number, (nint)name, AT_SYMLINK_NOFOLLOW, (nint)Stat.BasicStats, (nint)(&stat)), bytes);
        switch (stat.Mode & Stat.S_IFMT)
        {
            case Stat.S_IFDIR:
                Check(Syscall.Invoke(Nr.mkdirat, to.Number, (nint)name, 0x1C0), bytes);
                using (var source = Open(from, name, O_RDONLY | O_DIRECTORY, bytes))
                using (var target = Open(to, name, O_RDONLY | O_DIRECTORY, bytes))
                {
                    Copy(source, target);
                }

                return;
            case Stat.S_IFREG:
                using (var source = Open(from, name, O_RDONLY | O_NONBLOCK, bytes))
                using (var target = Open(to, name, O_WRONLY | O_CREAT | O_EXCL, bytes))
                {
                    CopyContent(source, target, bytes);
                    CopyProperties(source, target);
                }

                return;
            case Stat.S_IFLNK:
                var link = stackalloc byte[LongestLink];
                var length = Check(Syscall.Invoke(Nr.readlinkat, from.Number, (nint)name, (nint)link, LongestLink - 1), bytes);
                link[length] = 0;
                Check(Syscall.Invoke(Nr.symlinkat, (nint)link, to.Number, (nint)name), bytes);
                break;
            default:
                var device = (stat.DeviceNodeMajor << 8) | (stat.DeviceNodeMinor & 0xff) | ((stat.DeviceNodeMinor & ~0xffu) << 12);
                Check(Syscall.Invoke(Nr.mknodat, to.Number, (nint)name, stat.Mode, (nint)device), bytes);
                Check(Syscall.Invoke(Nr.fchmodat, to.Number, (nint)name, stat.Permissions), bytes);
                break;
        }

        Check(Syscall.Invoke(Nr.fchownat, to.Number, (nint)name, (nint)stat.Uid, (nint)stat.Gid, AT_SYMLINK_NOFOLLOW), bytes);
    }

    private static void CopyContent(Fd source, Fd target, byte[] name)
    {
        const int Most = 1 << 30;
        while (Check(Syscall.Retry(Nr.sendfile, target.Number, source.Number, 0, Most), name) > 0)
        {
        }
    }

    /// <summary>Owner before mode: a change of owner takes set-id bits away.</summary>
    private static void CopyProperties(Fd source, Fd target, bool keepsMode = false)
    {
        var stat = Files.StatOf(source);
        var mode = keepsMode ? Files.StatOf(target).Permissions : stat.Permissions;
        Syscall.Check(Syscall.Invoke(Nr.fchown, target.Number, (nint)stat.Uid, (nint)stat.Gid), "set owner of", target.ProcPath);
        Syscall.Check(Syscall.Invoke(Nr.fchmod, target.Number, mode), "set mode of", target.ProcPath);
        CopyAttributes(source, target);
        var times = stackalloc long[] { stat.ModifiedSeconds, stat.ModifiedNanoseconds, stat.ModifiedSeconds, stat.ModifiedNanoseconds };
        Syscall.Check(Syscall.Invoke(Nr.utimensat, target.Number, 0, (nint)times, 0), "set times of", target.ProcPath);
    }

    /// <summary>A file system that has no such attributes (EOPNOTSUPP) keeps none; user.* works on tmpfs since 6.6.</summary>
    private static void CopyAttributes(Fd source, Fd target)
    {
        var count = Syscall.Invoke(Nr.flistxattr, source.Number, 0, 0);
        if (count <= 0)
        {
            return;
        }

        var names = new byte[count];
        var value = new byte[LargestAttribute];
        fixed (byte* first = names)
        fixed (byte* buffer = value)
        {
            count = Syscall.Invoke(Nr.flistxattr, source.Number, (nint)first, count);
            for (var at = 0; at < count; at += MemoryMarshal.CreateReadOnlySpanFromNullTerminated(first + at).Length + 1)
            {
                var length = Syscall.Invoke(Nr.fgetxattr, source.Number, (nint)(first + at), (nint)buffer, LargestAttribute);
                var set = length < 0 ? 0 : Syscall.Invoke(Nr.fsetxattr, target.Number, (nint)(first + at), (nint)buffer, length, 0);
                if (Syscall.ErrnoOf(set) is not (Errno.None or Errno.EOPNOTSUPP))
                {
                    Syscall.Check(set, "set extended attributes of", target.ProcPath);
                }
            }
        }
    }

    private static Fd Open(Fd directory, byte* name, int flags, byte[] text)
        => new((int)Check(Syscall.Retry(Nr.openat, directory.Number, (nint)name, flags | O_NOFOLLOW | O_CLOEXEC, 0x180), text));

    private static nint Check(nint result, byte[] name) => Syscall.Check(result, "copy", System.Text.Encoding.UTF8.GetString(name).TrimEnd('\0'));

    /// <summary>The names, each with its NUL.</summary>
    private static List<byte[]> List(Fd directory)
    {
        const int Size = 16 * 1024;
        var names = new List<byte[]>();
        var buffer = stackalloc byte[Size];
        nint count;
        while ((count = Syscall.Check(Syscall.Retry(Nr.getdents64, directory.Number, (nint)buffer, Size), "list", directory.ProcPath)) > 0)
        {
            // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, char name[]
            for (nint offset = 0; offset < count; offset += *(ushort*)(buffer + offset + 16))
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + offset + 19);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add([.. name, 0]);
                }
            }
        }

        return names;
    }
}
