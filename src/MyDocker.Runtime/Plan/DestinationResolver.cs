using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// Looks at mount points in a root file system that is a directory of the host, while the plan is made. The kernel resolves the
/// paths, and what it cannot do, follow a link to something that is not there yet, is done here component by component. It
/// only tells the child which names to make: the child opens them within the root again.
/// </summary>
internal sealed class DestinationResolver(string rootfs) : IDisposable
{
    private const int MostLinks = 40; // as path_resolution(7)

    private Fd? _root;

    private Fd Root => _root ??= Files.Open(rootfs, O_PATH | O_DIRECTORY);

    /// <summary>The path itself, unless a link on it leads elsewhere: then the path without links, which need not exist.</summary>
    public string Resolve(string path)
    {
        var errno = RootedPath.TryOpen(Root, path, O_PATH, out var found, resolve: MountPlaces.NoLinks);
        found?.Dispose();
        return errno == Errno.ELOOP ? Walk(path) : path;
    }

    public Stat? Find(string path)
    {
        if (RootedPath.TryOpen(Root, path, O_PATH, out var found) != Errno.None)
        {
            return null;
        }

        using (found)
        {
            return Files.StatOf(found!);
        }
    }

    /// <summary>What a link at the end of a path contains; null if there is none.</summary>
    public string? ReadLink(string path)
        => RootedPath.TryOpen(Root, path, O_PATH | O_NOFOLLOW, out var found) == Errno.None ? Use(found!) : null;

    /// <summary>A directory of the root file system, to be read.</summary>
    public Fd? TryOpenDirectory(string path, out Errno errno)
    {
        errno = RootedPath.TryOpen(Root, path, O_RDONLY | O_DIRECTORY, out var found);
        return found;
    }

    public void Dispose() => _root?.Dispose();

    private string Walk(string path)
    {
        var left = new Stack<string>(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        var done = new List<string>();
        var links = 0;
        while (left.TryPop(out var name))
        {
            if (name == "..")
            {
                done.RemoveRange(Math.Max(0, done.Count - 1), Math.Min(1, done.Count));
                continue;
            }

            if (name == ".")
            {
                continue;
            }

            var link = RootedPath.TryOpen(Root, $"/{string.Join('/', done)}/{name}", O_PATH | O_NOFOLLOW, out var found, resolve: MountPlaces.NoLinks) == Errno.None ? Use(found!) : null;
            if (link is null)
            {
                done.Add(name);
                continue;
            }

            if (++links > MostLinks)
            {
                return path; // the child meets the loop, and names it
            }

            if (link.StartsWith('/'))
            {
                done.Clear();
            }

            foreach (var part in link.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                left.Push(part);
            }
        }

        return $"/{string.Join('/', done)}";
    }

    private static string? Use(Fd found)
    {
        using (found)
        {
            return Files.TryReadLink(found);
        }
    }
}
