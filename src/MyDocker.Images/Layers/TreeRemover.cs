using System.Text;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>
/// Removes a tree that an image shaped, of any depth (an archive can nest deeper than any stack, path or table of
/// descriptors, by way of links) and with any names. It never descends: a directory found full is moved up to the top and
/// emptied there, so that two descriptors are enough. No link is followed.
/// </summary>
internal static class TreeRemover
{
    public static Errno TryRemove(Fd parent, ReadOnlySpan<byte> name)
    {
        var errno = At.Unlink(parent, name);
        if (errno is Errno.None or Errno.ENOENT)
        {
            return Errno.None;
        }

        if (errno is not (Errno.EISDIR or Errno.EPERM))
        {
            return errno;
        }

        errno = At.TryOpen(parent, name, O_RDONLY | O_DIRECTORY, out var top);
        if (errno != Errno.None)
        {
            return errno == Errno.ENOENT ? Errno.None : errno;
        }

        using (top)
        {
            var moved = 0L;
            List<byte[]> children;
            while ((children = At.List(top!)).Count > 0)
            {
                foreach (var child in children)
                {
                    errno = RemoveOneLevel(top!, child, ref moved);
                    if (errno != Errno.None)
                    {
                        return errno;
                    }
                }
            }
        }

        errno = At.Unlink(parent, name, directory: true);
        return errno == Errno.ENOENT ? Errno.None : errno;
    }

    private static Errno RemoveOneLevel(Fd top, byte[] name, ref long moved)
    {
        var errno = At.Unlink(top, name);
        if (errno != Errno.EISDIR)
        {
            return errno == Errno.ENOENT ? Errno.None : errno;
        }

        errno = At.TryOpen(top, name, O_RDONLY | O_DIRECTORY, out var directory);
        if (errno != Errno.None)
        {
            return errno == Errno.ENOENT ? Errno.None : errno;
        }

        using (directory)
        {
            foreach (var child in At.List(directory!))
            {
                errno = At.Unlink(directory!, child);
                errno = errno == Errno.EISDIR ? At.Unlink(directory!, child, directory: true) : errno;
                errno = errno == Errno.ENOTEMPTY ? MoveUp(directory!, child, top, ref moved) : errno;
                if (errno is not (Errno.None or Errno.ENOENT))
                {
                    return errno;
                }
            }
        }

        errno = At.Unlink(top, name, directory: true);
        return errno == Errno.ENOENT ? Errno.None : errno;
    }

    private static Errno MoveUp(Fd directory, byte[] child, Fd top, ref long moved)
    {
        Errno errno;
        do
        {
            errno = At.Rename(directory, child, top, Encoding.ASCII.GetBytes($".moved-{moved++}"));
        }
        while (errno == Errno.EEXIST);
        return errno;
    }
}
