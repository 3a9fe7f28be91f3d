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

    /// <summary>Paths of the directories that were missing and have been made.</summary>
    public List<byte[]> Made { get; } = [];

    /// <summary>Call when something that may be part of an open path has been removed.</summary>
    public void Forget() => _path = null;

    public void Dispose() => _fd?.Dispose();

    // Step by step from directory to directory; only where a link stands is the path resolved from the top, so that a
    // hostile nesting of links costs time in proportion to its depth, not to the square of it.
    private Errno TryMake(byte[] path, out Fd? fd)
    {
        fd = null;
        for (var start = 0; start <= path.Length;)
        {
            var slash = path.AsSpan(start).IndexOf((byte)'/');
            var end = slash < 0 ? path.Length : start + slash;
            var parent = fd ?? root;
            var name = path.AsSpan(start..end);
            var errno = At.TryOpen(parent, name, O_PATH | O_DIRECTORY, out var next);
            if (errno == Errno.ENOENT)
            {
                errno = TryMakeOne(parent, name);
                Remember(path, end);
                errno = errno == Errno.None ? At.TryOpen(parent, name, O_PATH | O_DIRECTORY, out next) : errno;
            }
            else if (errno is Errno.ENOTDIR or Errno.ELOOP)
            {
                errno = At.TryResolve(root, path.AsSpan(0, end), O_PATH | O_DIRECTORY, out next);
            }

            fd?.Dispose();
            fd = next;
            if (errno != Errno.None)
            {
                return errno;
            }

            start = end + 1;
        }

        return Errno.None;
    }

    // A path of a million directories must not cost a million paths.
    private void Remember(byte[] path, int end)
    {
        const int Most = 100_000, Longest = 1024;
        if (Made.Count < Most && end <= Longest)
        {
            Made.Add(path[..end]);
        }
    }

    // The mode by a call of its own: the umask takes bits away from mkdir's, and a set-group-id parent gives its group.
    private static Errno TryMakeOne(Fd parent, ReadOnlySpan<byte> name)
    {
        var errno = At.MakeDirectory(parent, name, 0x1ED /* 0755 */);
        errno = errno == Errno.None ? At.SetOwner(parent, name, 0, 0) : errno;
        return errno == Errno.None ? At.SetMode(parent, name, 0x1ED) : errno;
    }
}
