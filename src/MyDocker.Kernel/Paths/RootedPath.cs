using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Kernel.Paths;

/// <summary>struct open_how of openat2(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OpenHow
{
    public ulong Flags;
    public ulong Mode;
    public ulong Resolve;

    public const ulong RESOLVE_NO_XDEV = 0x01;
    public const ulong RESOLVE_NO_MAGICLINKS = 0x02;
    public const ulong RESOLVE_NO_SYMLINKS = 0x04;
    public const ulong RESOLVE_BENEATH = 0x08;
    public const ulong RESOLVE_IN_ROOT = 0x10;
}

/// <summary>
/// Paths inside a directory that somebody else controls (a root file system, a layer, a volume). The kernel resolves them
/// with openat2(2) (5.6) as if the directory were "/": no symlink, "..", absolute link or magic link leads out of it, and
/// nothing can be swapped between a check and a use. Every access to such a tree goes through here.
/// </summary>
public static unsafe class RootedPath
{
    /// <summary>Opens a path inside <paramref name="root"/>; links are followed, but never out of it.</summary>
    public static Errno TryOpen(Fd root, string path, int flags, out Fd? fd, int mode = 0, ulong resolve = OpenHow.RESOLVE_IN_ROOT | OpenHow.RESOLVE_NO_MAGICLINKS)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | O_CLOEXEC), Mode = (ulong)mode, Resolve = resolve };
        using var name = new Utf8Z(path.Length == 0 ? "." : path, stackalloc byte[Utf8Z.Inline]);
        nint result;
        do
        {
            // EAGAIN: a rename or mount elsewhere made it impossible to tell whether ".." stayed inside; openat2(2) says retry.
            result = Syscall.Invoke(Nr.openat2, root.Number, name.Address, (nint)(&how), sizeof(OpenHow));
        }
        while (Syscall.ErrnoOf(result) is Errno.EINTR or Errno.EAGAIN);
        fd = result < 0 ? null : new Fd((int)result);
        return Syscall.ErrnoOf(result);
    }

    public static Fd Open(Fd root, string path, int flags, int mode = 0)
        => TryOpen(root, path, flags, out var fd, mode) is var errno && errno != Errno.None
            ? throw new KernelException("open", path, errno)
            : fd!;

    /// <summary>
    /// Opens (O_PATH) the directory that holds the last component of a path, and tells that component.
    /// The last component itself is not followed, so it can be created, replaced or removed with an *at call.
    /// </summary>
    public static Errno TryOpenParent(Fd root, string path, out Fd? parent, out string name)
    {
        var trimmed = path.TrimEnd('/');
        var slash = trimmed.LastIndexOf('/');
        name = trimmed[(slash + 1)..];
        if (name is "" or "." or "..")
        {
            parent = null;
            return Errno.EINVAL;
        }

        return TryOpen(root, slash <= 0 ? "." : trimmed[..slash], O_PATH | O_DIRECTORY, out parent);
    }

    /// <summary>
    /// Makes a directory and its missing parents inside the root; existing parts, links that stay inside included, are
    /// kept. Returns the last one opened with O_PATH.
    /// </summary>
    public static Errno TryMakeDirectories(Fd root, string path, int mode, out Fd? fd)
    {
        var errno = TryOpen(root, path, O_PATH | O_DIRECTORY, out fd);
        if (errno != Errno.ENOENT)
        {
            return errno;
        }

        var current = Open(root, ".", O_PATH | O_DIRECTORY);
        var built = "";
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".")
            {
                continue;
            }

            built = $"{built}/{part}";
            errno = TryOpen(root, built, O_PATH | O_DIRECTORY, out var next);
            if (errno == Errno.ENOENT)
            {
                var made = Files.TryMakeDirectory(part, mode, current);
                errno = made is Errno.None or Errno.EEXIST ? TryOpen(root, built, O_PATH | O_DIRECTORY, out next) : made;
            }

            current.Dispose();
            if (errno != Errno.None)
            {
                return errno;
            }

            current = next!;
        }

        fd = current;
        return Errno.None;
    }

    /// <summary>
    /// The text of a small regular file inside the root, at most <paramref name="limit"/> bytes of it; null if there is none.
    /// A FIFO or device that an image put there is never opened for reading.
    /// </summary>
    public static string? TryReadText(Fd root, string path, int limit, out Errno errno)
    {
        errno = TryOpen(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, out var fd);
        if (errno != Errno.None)
        {
            return null;
        }

        using (fd)
        {
            if (!Files.StatOf(fd!).IsRegular)
            {
                errno = Errno.EINVAL;
                return null;
            }

            return Files.TryReadText(fd!.ProcPath, out errno, limit: limit);
        }
    }

    /// <summary>Removes a tree below an open directory without following any link. The tree's root goes last.</summary>
    public static Errno TryRemoveTree(Fd parent, string name)
    {
        var errno = Files.TryUnlink(name, dir: parent);
        if (errno is Errno.None or Errno.ENOENT)
        {
            return Errno.None;
        }

        if (errno is not (Errno.EISDIR or Errno.EPERM))
        {
            return errno;
        }

        errno = TryOpen(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out var directory, resolve: OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS);
        if (errno != Errno.None)
        {
            return errno == Errno.ENOENT ? Errno.None : errno;
        }

        using (directory)
        {
            var names = new List<string>();
            Files.List(directory!, names);
            foreach (var child in names)
            {
                errno = TryRemoveTree(directory!, child);
                if (errno != Errno.None)
                {
                    return errno;
                }
            }
        }

        errno = Files.TryUnlink(name, directory: true, dir: parent);
        return errno == Errno.ENOENT ? Errno.None : errno;
    }
}
