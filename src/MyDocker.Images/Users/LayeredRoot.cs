using MyDocker.Images.Layers;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Users;

/// <summary>
/// Reads small files of a root file system whose layers are not mounted: looks them up as overlayfs would (whiteouts,
/// opaque directories), and resolves links inside the union, never on the host.
/// </summary>
public sealed class LayeredRoot : IDisposable
{
    private const int MaxLinks = 40; // MAXSYMLINKS, as in the kernel

    private readonly List<Fd> _opened = [];
    private readonly List<Fd> _layers;

    /// <param name="layers">top-most first; they stay open.</param>
    public LayeredRoot(IEnumerable<Fd> layers) => _layers = [.. layers];

    /// <param name="directories">absolute paths, top-most first.</param>
    public LayeredRoot(IReadOnlyList<string> directories)
    {
        try
        {
            foreach (var directory in directories)
            {
                _opened.Add(Files.Open(directory, O_PATH | O_DIRECTORY));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        _layers = [.. _opened];
    }

    /// <summary>
    /// The start of a regular file, at most <paramref name="limit"/> bytes and then whole lines only; null if there is no
    /// such file. FIFOs and devices are never opened.
    /// </summary>
    public byte[]? ReadStart(string path, int limit)
    {
        var errno = _layers.Count == 1
            ? RootedPath.TryOpen(_layers[0], path, O_RDONLY | O_NONBLOCK | O_NOCTTY, out var file)
            : TryOpen(path, out file);
        using (file)
        {
            if (errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.ENXIO)
            {
                return null;
            }

            if (errno != Errno.None)
            {
                throw ImageException.Kernel("read", $"/{path} of the image", errno);
            }

            return Files.StatOf(file!).IsRegular ? ReadStart(file!, path, limit) : null;
        }
    }

    /// <summary>The first bytes of a regular file, at most <paramref name="limit"/>, wherever its lines end; null if there is no such file.</summary>
    /// <param name="isDirectory">there is a directory instead.</param>
    public byte[]? ReadHead(string path, int limit, out bool isDirectory)
    {
        isDirectory = false;
        var errno = _layers.Count == 1
            ? RootedPath.TryOpen(_layers[0], path, O_RDONLY | O_NONBLOCK | O_NOCTTY, out var file)
            : TryOpen(path, out file);
        using (file)
        {
            if (errno != Errno.None)
            {
                return null;
            }

            var stat = Files.StatOf(file!);
            isDirectory = stat.IsDirectory;
            if (!stat.IsRegular)
            {
                return null;
            }

            var buffer = new byte[limit];
            return buffer[..Math.Max(0, (int)Files.Read(file!, buffer))];
        }
    }

    public void Dispose() => _opened.ForEach(fd => fd.Dispose());

    private static byte[] ReadStart(Fd file, string path, int limit)
    {
        var buffer = new byte[4096];
        var length = 0;
        while (true)
        {
            var count = Files.Read(file, buffer.AsSpan(length));
            if (count < 0)
            {
                throw ImageException.Kernel("read", $"/{path} of the image", (Errno)(-count));
            }

            length += count;
            if (count == 0)
            {
                return buffer[..length];
            }

            if (length >= limit)
            {
                // A line that is cut off could name another id than the whole one.
                return buffer[..(buffer.AsSpan(0, limit).LastIndexOf((byte)'\n') + 1)];
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, length * 4);
            }
        }
    }

    // A level is the directories of several layers that make one directory of the union; "..", too, is answered by the
    // list of levels passed, since the ".." of a single layer knows nothing of the others.
    private Errno TryOpen(string path, out Fd? file)
    {
        file = null;
        var levels = new List<List<Fd>> { _layers };
        var owned = new List<Fd>();
        try
        {
            var parts = new Stack<string>(path.Split('/').Reverse());
            for (var links = 0; parts.TryPop(out var part);)
            {
                if (part is "" or ".")
                {
                    continue;
                }

                if (part == "..")
                {
                    if (levels.Count > 1)
                    {
                        levels.RemoveAt(levels.Count - 1);
                    }

                    continue;
                }

                var (found, stat, level) = LookUp(levels[^1], part, owned);
                if (level is not null)
                {
                    levels.Add(level);
                }
                else if (found is null)
                {
                    return Errno.ENOENT;
                }
                else if (stat.IsSymlink)
                {
                    if (++links > MaxLinks || At.TryReadLink(found, [], out var target) != Errno.None)
                    {
                        return Errno.ELOOP;
                    }

                    var text = System.Text.Encoding.UTF8.GetString(target);
                    levels.RemoveRange(1, text.StartsWith('/') ? levels.Count - 1 : 0);
                    foreach (var next in text.Split('/').Reverse())
                    {
                        parts.Push(next);
                    }
                }
                else
                {
                    // Checked by the caller to be a regular file; opened through the descriptor, not by name again.
                    return !stat.IsRegular || parts.Count > 0 ? Errno.ENOTDIR : Files.TryOpen(found.ProcPath, O_RDONLY | O_NONBLOCK | O_NOCTTY, out file);
                }
            }

            return Errno.ENOENT; // it is a directory
        }
        finally
        {
            owned.ForEach(fd => fd.Dispose());
        }
    }

    private static (Fd? Found, Stat Stat, List<Fd>? Level) LookUp(List<Fd> level, string name, List<Fd> owned)
    {
        List<Fd>? merged = null;
        foreach (var layer in level)
        {
            if (At.TryOpen(layer, System.Text.Encoding.UTF8.GetBytes(name), O_PATH, out var fd) != Errno.None)
            {
                continue;
            }

            owned.Add(fd!);
            var stat = Files.StatOf(fd!);
            var isWhiteout = stat.IsCharDevice && stat.DeviceNodeMajor == 0 && stat.DeviceNodeMinor == 0;
            if (!stat.IsDirectory || isWhiteout)
            {
                return merged is not null || isWhiteout ? (null, default, merged) : (fd, stat, null);
            }

            (merged ??= []).Add(fd!);
            if (Attributes.IsOpaque(fd!))
            {
                break;
            }
        }

        return (null, default, merged);
    }
}
