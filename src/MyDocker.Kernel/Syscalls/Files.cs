using System.Runtime.CompilerServices;
using System.Text;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Kernel.Syscalls;

/// <summary>
/// Plain file calls on paths of the host or relative to a directory descriptor. Cheaper than System.IO on the start
/// path and exact about errno. For paths inside a root file system use <c>Paths.RootedPath</c>, never this.
/// </summary>
public static unsafe class Files
{
    /// <summary>Opens a path (relative to <paramref name="dir"/>, or to the working directory); close-on-exec is implied.</summary>
    public static Fd Open(string path, int flags, int mode = 0, Fd? dir = null)
        => TryOpen(path, flags, out var fd, mode, dir) is var errno && errno != Errno.None
            ? throw new KernelException("open", path, errno)
            : fd!;

    public static Errno TryOpen(string path, int flags, out Fd? fd, int mode = 0, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var result = Syscall.Retry(Nr.openat, Number(dir), name.Address, flags | O_CLOEXEC, mode);
        fd = result < 0 ? null : new Fd((int)result);
        return Syscall.ErrnoOf(result);
    }

    /// <summary>Makes one directory; <see cref="Errno.EEXIST"/> if something is there.</summary>
    public static Errno TryMakeDirectory(string path, int mode, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.mkdirat, Number(dir), name.Address, mode));
    }

    /// <summary>Makes a directory and its missing parents on the host; existing ones are left as they are.</summary>
    public static void MakeDirectories(string path, int mode)
    {
        var errno = TryMakeDirectory(path, mode);
        if (errno == Errno.ENOENT && Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            MakeDirectories(parent, mode);
            errno = TryMakeDirectory(path, mode);
        }

        if (errno is not (Errno.None or Errno.EEXIST))
        {
            throw new KernelException("create directory", path, errno);
        }
    }

    /// <summary>Makes a file of any type (mknod(2)); <paramref name="mode"/>: type and permissions, from which the umask takes its part.</summary>
    public static Errno TryMakeNode(string path, int mode, long device, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.mknodat, Number(dir), name.Address, mode, (nint)device));
    }

    /// <summary>Changes the owner of a file, of a link itself if it is one.</summary>
    public static Errno TryChangeOwner(string path, uint uid, uint gid, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.fchownat, Number(dir), name.Address, (nint)uid, (nint)gid, AT_SYMLINK_NOFOLLOW));
    }

    /// <summary>Changes the permission bits of a file; links are followed.</summary>
    public static Errno TryChangeMode(string path, int mode, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.fchmodat, Number(dir), name.Address, mode));
    }

    public static Errno TryUnlink(string path, bool directory = false, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.unlinkat, Number(dir), name.Address, directory ? AT_REMOVEDIR : 0));
    }

    public static Errno TryRename(string from, string to, Fd? dir = null)
    {
        using var source = new Utf8Z(from, stackalloc byte[Utf8Z.Inline]);
        using var target = new Utf8Z(to, stackalloc byte[Utf8Z.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.renameat2, Number(dir), source.Address, Number(dir), target.Address, 0));
    }

    public static Errno TryStat(string path, out Stat stat, bool followLinks = true, Fd? dir = null)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        fixed (Stat* buffer = &stat)
        {
            var flags = (followLinks ? 0 : AT_SYMLINK_NOFOLLOW) | (path.Length == 0 ? AT_EMPTY_PATH : 0);
            return Syscall.ErrnoOf(Syscall.Invoke(Nr.statx, Number(dir), name.Address, flags, (nint)(Stat.BasicStats | Stat.MountIdMask), (nint)buffer));
        }
    }

    /// <summary>What an open descriptor refers to.</summary>
    public static Stat StatOf(Fd fd)
        => TryStat("", out var stat, dir: fd) is var errno && errno != Errno.None
            ? throw new KernelException("stat", fd.ProcPath, errno)
            : stat;

    /// <summary>What one of the standard streams refers to, which are nobody's to close; false if it is not open.</summary>
    public static bool TryStatStream(int number, out Stat stat)
    {
        fixed (Stat* buffer = &stat)
        {
            byte empty = 0;
            return Syscall.Invoke(Nr.statx, number, (nint)(&empty), AT_EMPTY_PATH, (nint)Stat.BasicStats, (nint)buffer) == 0;
        }
    }

    public static bool Exists(string path, Fd? dir = null) => TryStat(path, out _, followLinks: false, dir) == Errno.None;

    /// <summary>Whether there is a file that this process may execute.</summary>
    public static bool IsExecutable(string path)
    {
        const int X_OK = 1;
        return TryStat(path, out var stat) == Errno.None && stat.IsRegular && MayAccess(path, X_OK);
    }

    /// <summary>Whether this process may write to a file, or make something in a directory.</summary>
    public static bool IsWritable(string path)
    {
        const int W_OK = 2;
        return MayAccess(path, W_OK);
    }

    private static bool MayAccess(string path, int mode)
    {
        const int AT_EACCESS = 0x200;
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.Invoke(Nr.faccessat2, AT_FDCWD, name.Address, mode, AT_EACCESS) == 0;
    }

    /// <summary>What a symbolic link contains; null if it is something else, or not there.</summary>
    public static string? TryReadLink(string path, Fd? dir = null)
    {
        const int Longest = 4096;
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var buffer = stackalloc byte[Longest];
        var length = Syscall.Invoke(Nr.readlinkat, Number(dir), name.Address, (nint)buffer, Longest);
        return length < 0 ? null : Encoding.UTF8.GetString(buffer, (int)length);
    }

    /// <summary>What an open link (O_PATH and O_NOFOLLOW) contains; null if it is something else.</summary>
    public static string? TryReadLink(Fd link) => TryReadLink("", link);

    /// <summary>Writes all bytes; the file offset moves on.</summary>
    public static Errno TryWrite(Fd fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Syscall.Retry(Nr.write, fd.Number, (nint)(start + done), bytes.Length - done);
                if (count < 0)
                {
                    return Syscall.ErrnoOf(count);
                }

                done += (int)count;
            }
        }

        return Errno.None;
    }

    /// <summary>Reads once into the buffer. Returns the number of bytes (0 at the end), or -errno.</summary>
    public static int Read(Fd fd, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Syscall.Retry(Nr.read, fd.Number, (nint)start, buffer.Length);
        }
    }

    /// <summary>Writes a short text into an existing file such as a cgroup or sysctl knob, in one write(2).</summary>
    public static Errno TryWriteExisting(string path, string text, Fd? dir = null)
    {
        var errno = TryOpen(path, O_WRONLY, out var fd, dir: dir);
        if (errno != Errno.None)
        {
            return errno;
        }

        using (fd)
        {
            using var bytes = new Utf8Z(text, stackalloc byte[Utf8Z.Inline]);
            return Syscall.ErrnoOf(Syscall.Retry(Nr.write, fd!.Number, bytes.Address, bytes.Length));
        }
    }

    /// <summary>The whole text of a small file; null with the errno if it cannot be read.</summary>
    public static string? TryReadText(string path, out Errno errno, Fd? dir = null, int limit = 1 << 20)
        => TryReadBytes(path, out errno, dir, limit) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The same as it is.</summary>
    [SkipLocalsInit]
    public static byte[]? TryReadBytes(string path, out Errno errno, Fd? dir = null, int limit = 1 << 20)
    {
        errno = TryOpen(path, O_RDONLY, out var fd, dir: dir);
        if (errno != Errno.None)
        {
            return null;
        }

        using (fd)
        {
            Span<byte> buffer = stackalloc byte[4096]; // almost all are shorter
            var length = 0;
            while (true)
            {
                var count = Read(fd!, buffer[length..]);
                if (count < 0)
                {
                    errno = (Errno)(-count);
                    return null;
                }

                length += count;
                if (count == 0)
                {
                    return buffer[..length].ToArray();
                }

                if (length > limit)
                {
                    errno = Errno.EFBIG;
                    return null;
                }

                if (length == buffer.Length)
                {
                    var larger = new byte[length * 2];
                    buffer.CopyTo(larger);
                    buffer = larger;
                }
            }
        }
    }

    /// <summary>The text of a small file of the host.</summary>
    public static string ReadText(string path, Fd? dir = null)
        => TryReadText(path, out var errno, dir) ?? throw new KernelException("read", path, errno);

    /// <summary>
    /// Replaces a file as a whole: readers see the old content or the new, never half of it.
    /// With <paramref name="durable"/> the content is on disk before the name points to it (fsync).
    /// </summary>
    public static void WriteAtomically(string path, ReadOnlySpan<byte> content, int mode = 0x180 /* 0600 */, bool durable = false, Fd? dir = null)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        using (var fd = Open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode, dir))
        {
            var errno = TryWrite(fd, content);
            if (errno == Errno.None && durable)
            {
                errno = Syscall.ErrnoOf(Syscall.Retry(Nr.fsync, fd.Number));
            }

            if (errno != Errno.None)
            {
                TryUnlink(temporary, dir: dir);
                throw new KernelException("write", path, errno);
            }
        }

        var renamed = TryRename(temporary, path, dir);
        if (renamed != Errno.None)
        {
            TryUnlink(temporary, dir: dir);
            throw new KernelException("replace", path, renamed);
        }
    }

    /// <summary>The names in a directory, without "." and "..", in no order; empty if the directory is missing.</summary>
    public static List<string> List(string path, Fd? dir = null)
    {
        var names = new List<string>();
        var errno = TryOpen(path, O_RDONLY | O_DIRECTORY, out var fd, dir: dir);
        if (errno == Errno.ENOENT)
        {
            return names;
        }

        if (errno != Errno.None)
        {
            throw new KernelException("list", path, errno);
        }

        using (fd)
        {
            List(fd!, names);
        }

        return names;
    }

    /// <summary>Appends the names in an open directory (from its current offset) to a list.</summary>
    [SkipLocalsInit]
    public static void List(Fd directory, List<string> names)
    {
        const int Size = 16 * 1024;
        var buffer = stackalloc byte[Size];
        while (true)
        {
            var count = Syscall.Check(Syscall.Retry(Nr.getdents64, directory.Number, (nint)buffer, Size), "list", directory.ProcPath);
            if (count == 0)
            {
                return;
            }

            // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, char name[]
            for (var offset = 0; offset < count; offset += *(ushort*)(buffer + offset + 16))
            {
                var name = Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + offset + 19));
                if (name is not ("." or ".."))
                {
                    names.Add(name);
                }
            }
        }
    }

    /// <summary>Takes an advisory lock on an open file (flock(2)). False if another holds it and <paramref name="wait"/> is off.</summary>
    public static bool TryLock(Fd fd, bool wait = false, bool shared = false)
    {
        const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4;
        var result = Syscall.Retry(Nr.flock, fd.Number, (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB));
        return Syscall.ErrnoOf(result) switch
        {
            Errno.None => true,
            Errno.EAGAIN => false,
            var errno => throw new KernelException("lock", fd.ProcPath, errno),
        };
    }

    /// <summary>Gives back what <see cref="TryLock"/> took.</summary>
    public static void Unlock(Fd fd)
    {
        const int LOCK_UN = 8;
        Syscall.Invoke(Nr.flock, fd.Number, LOCK_UN);
    }

    private static int Number(Fd? dir) => dir?.Number ?? AT_FDCWD;
}
