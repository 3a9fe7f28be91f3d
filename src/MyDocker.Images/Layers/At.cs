using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// The *at calls for names that are bytes. File names on Linux are bytes, and images do hold names that are not UTF-8
/// (Latin-1 certificates, old archives); as strings they would be changed silently. Names are given without the NUL.
/// </summary>
internal static unsafe class At
{
    private const int MostLoops = 8;

    public static Errno TryOpen(Fd dir, ReadOnlySpan<byte> name, int flags, out Fd? fd, int mode = 0)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Result(Syscall.Retry(Nr.openat, dir.Number, z.Address, flags | O_CLOEXEC | O_NOFOLLOW, mode), out fd);
    }

    /// <summary>
    /// Resolves a path inside a root with openat2(2): nothing in it leads out.
    /// <para>
    /// The kernel allows 40 links on the way, but when its first walk (by RCU) is disturbed by another process it walks again and
    /// goes on counting (nameidata.total_link_count, fs/namei.c up to 6.18 at least): then 21 links are too many, now and then. So ELOOP is
    /// believed only when it is said again and again.
    /// </para>
    /// </summary>
    public static Errno TryResolve(Fd root, ReadOnlySpan<byte> path, int flags, out Fd? fd, ulong resolve = OpenHow.RESOLVE_IN_ROOT | OpenHow.RESOLVE_NO_MAGICLINKS)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | O_CLOEXEC), Resolve = resolve };
        using var z = new BytesZ(path.IsEmpty ? "."u8 : path, stackalloc byte[BytesZ.Inline]);
        nint result;
        var loops = 0;
        do
        {
            result = Syscall.Invoke(Nr.openat2, root.Number, z.Address, (nint)(&how), sizeof(OpenHow));
        }
        while (Syscall.ErrnoOf(result) is Errno.EINTR or Errno.EAGAIN || (Syscall.ErrnoOf(result) == Errno.ELOOP && ++loops < MostLoops));
        return Result(result, out fd);
    }

    public static Errno MakeDirectory(Fd dir, ReadOnlySpan<byte> name, int mode)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.mkdirat, dir.Number, z.Address, mode));
    }

    /// <summary>mknodat(2); the device number in the kernel's own encoding (new_encode_dev, linux/kdev_t.h).</summary>
    public static Errno MakeNode(Fd dir, ReadOnlySpan<byte> name, int mode, uint major, uint minor)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        var device = (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.mknodat, dir.Number, z.Address, mode, (nint)device));
    }

    public static Errno MakeSymlink(ReadOnlySpan<byte> target, Fd dir, ReadOnlySpan<byte> name)
    {
        using var to = new BytesZ(target, stackalloc byte[BytesZ.Inline]);
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.symlinkat, to.Address, dir.Number, z.Address));
    }

    /// <summary>A second name for a file; of a symbolic link it is the link itself that gets one.</summary>
    public static Errno MakeLink(Fd fromDir, ReadOnlySpan<byte> from, Fd dir, ReadOnlySpan<byte> name)
    {
        using var source = new BytesZ(from, stackalloc byte[BytesZ.Inline]);
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.linkat, fromDir.Number, source.Address, dir.Number, z.Address, 0));
    }

    public static Errno Unlink(Fd dir, ReadOnlySpan<byte> name, bool directory = false)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.unlinkat, dir.Number, z.Address, directory ? AT_REMOVEDIR : 0));
    }

    public static Errno Rename(Fd fromDir, ReadOnlySpan<byte> from, Fd dir, ReadOnlySpan<byte> name, bool replace = false)
    {
        const int RENAME_NOREPLACE = 1;
        using var source = new BytesZ(from, stackalloc byte[BytesZ.Inline]);
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.renameat2, fromDir.Number, source.Address, dir.Number, z.Address, replace ? 0 : RENAME_NOREPLACE));
    }

    /// <summary>lstat of a name in a directory; an empty name means the descriptor itself.</summary>
    public static Errno TryStat(Fd dir, ReadOnlySpan<byte> name, out Stat stat)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        fixed (Stat* buffer = &stat)
        {
            var flags = AT_SYMLINK_NOFOLLOW | (name.IsEmpty ? AT_EMPTY_PATH : 0);
            return Syscall.ErrnoOf(Syscall.Invoke(Nr.statx, dir.Number, z.Address, flags, (nint)(Stat.BasicStats | Stat.MountIdMask), (nint)buffer));
        }
    }

    public static Errno TryReadLink(Fd dir, ReadOnlySpan<byte> name, out byte[] target)
    {
        const int PathMax = 4096;
        var buffer = stackalloc byte[PathMax];
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        var length = Syscall.Invoke(Nr.readlinkat, dir.Number, z.Address, (nint)buffer, PathMax);
        target = length < 0 ? [] : new ReadOnlySpan<byte>(buffer, (int)length).ToArray();
        return Syscall.ErrnoOf(length);
    }

    public static Errno SetOwner(Fd dir, ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.fchownat, dir.Number, z.Address, (nint)uid, (nint)gid, AT_SYMLINK_NOFOLLOW));
    }

    public static Errno SetOwner(Fd file, uint uid, uint gid) => Syscall.ErrnoOf(Syscall.Invoke(Nr.fchown, file.Number, (nint)uid, (nint)gid));

    /// <summary>chmod of a name that is known not to be a link.</summary>
    public static Errno SetMode(Fd dir, ReadOnlySpan<byte> name, int mode)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.fchmodat, dir.Number, z.Address, mode));
    }

    public static Errno SetMode(Fd file, int mode) => Syscall.ErrnoOf(Syscall.Invoke(Nr.fchmod, file.Number, mode));

    /// <summary>Sets the time of last change of a name (of a link itself, not of its target); the access time stays.</summary>
    public static Errno SetTime(Fd dir, ReadOnlySpan<byte> name, long seconds, uint nanoseconds)
    {
        using var z = new BytesZ(name, stackalloc byte[BytesZ.Inline]);
        return SetTime(dir.Number, z.Address, AT_SYMLINK_NOFOLLOW, seconds, nanoseconds);
    }

    public static Errno SetTime(Fd file, long seconds, uint nanoseconds) => SetTime(file.Number, 0, 0, seconds, nanoseconds);

    /// <summary>The names in a directory from its start, without "." and "..", in byte order.</summary>
    public static List<byte[]> List(Fd directory)
    {
        const int Size = 32 * 1024;
        var names = new List<byte[]>();
        var buffer = (byte*)NativeMemory.Alloc(Size);
        try
        {
            Syscall.Check(Syscall.Invoke(Nr.lseek, directory.Number, 0, 0), "list", directory.ProcPath);
            while (true)
            {
                var count = Syscall.Check(Syscall.Retry(Nr.getdents64, directory.Number, (nint)buffer, Size), "list", directory.ProcPath);
                if (count == 0)
                {
                    names.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
                    return names;
                }

                for (var offset = 0; offset < count; offset += *(ushort*)(buffer + offset + 16))
                {
                    var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + offset + 19);
                    if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    {
                        names.Add(name.ToArray());
                    }
                }
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static Errno SetTime(int fd, nint name, int flags, long seconds, uint nanoseconds)
    {
        const long UTIME_OMIT = (1L << 30) - 2;
        var times = stackalloc long[4] { 0, UTIME_OMIT, seconds, nanoseconds };
        return Syscall.ErrnoOf(Syscall.Invoke(Nr.utimensat, fd, name, (nint)times, flags));
    }

    private static Errno Result(nint result, out Fd? fd)
    {
        fd = result < 0 ? null : new Fd((int)result);
        return Syscall.ErrnoOf(result);
    }
}

/// <summary>A NUL-terminated copy of a name for the length of one call; the counterpart of <see cref="Utf8Z"/> for bytes.</summary>
internal unsafe ref struct BytesZ
{
    public const int Inline = 256;

    private readonly byte* _heap;

    public BytesZ(ReadOnlySpan<byte> text, Span<byte> scratch)
    {
        if (text.Contains((byte)0))
        {
            throw new ArgumentException("a path or name must not contain a NUL character");
        }

        if (text.Length >= scratch.Length)
        {
            _heap = (byte*)NativeMemory.Alloc((nuint)text.Length + 1);
            scratch = new Span<byte>(_heap, text.Length + 1);
        }

        text.CopyTo(scratch);
        scratch[text.Length] = 0;
        Address = (nint)Unsafe.AsPointer(ref scratch[0]);
    }

    public nint Address { get; }

    public readonly void Dispose()
    {
        if (_heap != null)
        {
            NativeMemory.Free(_heap);
        }
    }
}
