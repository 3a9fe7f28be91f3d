using MyDocker.Images.Archives;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// Opens the directory that a member goes into, and keeps it open for the next member: archives list a directory's files
/// one after the other, which saves a path resolution for most of them.
/// </summary>
internal sealed class ParentCursor(Fd root) : IDisposable
{
    private byte[]? _path;
    private Fd? _fd;

    /// <summary>
    /// The directory at a path inside the root (O_PATH), made with its parents where it is missing (0755, 0:0). Links on
    /// the way are followed inside the root only. Valid until the next call.
    /// </summary>
    public Fd Open(byte[] path)
    {
        if (path.Length == 0)
        {
            return root;
        }

        if (_path is not null && _path.AsSpan().SequenceEqual(path))
        {
            return _fd!;
        }

        var errno = At.TryResolve(root, path, O_PATH | O_DIRECTORY, out var fd);
        if (errno == Errno.ENOENT)
        {
            errno = TryMake(path, out fd);
        }

        switch (errno)
        {
            case Errno.None:
                break;
            case Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP:
                throw new TarFormatException($"it puts files below {Printable.Name(path)}, which is {(errno == Errno.ENOTDIR ? "a file" : "a link that leads to nothing inside the archive")}");
            default:
                throw ImageException.Kernel("unpack", Printable.Name(path), errno);
        }

        _fd?.Dispose();
        (_path, _fd) = (path, fd);
        return fd!;
    }

    /// <summary>Call when something that may be part of an open path has been removed.</summary>
    public void Forget() => _path = null;

    public void Dispose() => _fd?.Dispose();

    private Errno TryMake(byte[] path, out Fd? fd)
    {
        fd = null;
        for (var end = 0; end < path.Length;)
        {
            var (parentPath, start) = (path[..Math.Max(0, end)], end == 0 ? 0 : end + 1);
            var slash = path.AsSpan(start).IndexOf((byte)'/');
            end = slash < 0 ? path.Length : start + slash;
            var name = path.AsSpan(start..end);
            var errno = At.TryResolve(root, path.AsSpan(0, end), O_PATH | O_DIRECTORY, out var next);
            if (errno == Errno.ENOENT)
            {
                errno = At.TryResolve(root, parentPath, O_PATH | O_DIRECTORY, out var parent);
                using (parent)
                {
                    errno = errno == Errno.None ? TryMakeOne(parent!, name) : errno;
                }

                // A link to nothing is there already (EEXIST), and still leads to nothing.
                errno = errno is Errno.None or Errno.EEXIST ? At.TryResolve(root, path.AsSpan(0, end), O_PATH | O_DIRECTORY, out next) : errno;
            }

            fd?.Dispose();
            fd = next;
            if (errno != Errno.None)
            {
                return errno;
            }
        }

        return Errno.None;
    }

    // The mode by a call of its own: the umask takes bits away from mkdir's, and a set-group-id parent gives its group.
    private static Errno TryMakeOne(Fd parent, ReadOnlySpan<byte> name)
    {
        var errno = At.MakeDirectory(parent, name, 0x1ED /* 0755 */);
        errno = errno == Errno.None ? At.SetOwner(parent, name, 0, 0) : errno;
        return errno == Errno.None ? At.SetMode(parent, name, 0x1ED) : errno;
    }
}
