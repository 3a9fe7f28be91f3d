using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>The source of a bind mount on the host. What lies below the base may be an image's: its links stay within it.</summary>
/// <param name="Rest">from the base on; "" for the base itself.</param>
/// <param name="Restrictions">MOUNT_ATTR_ under which the container sees it already.</param>
internal readonly record struct MountOrigin(string Base, string Rest, ulong Restrictions)
{
    /// <summary>The source is no path but this detached mount, which is called so.</summary>
    public Fd? Tree { get; init; }

    public string Path => Base + Rest;

    public Errno TryFind(bool followLinks, out Stat stat)
    {
        if (Tree is not null)
        {
            stat = Files.StatOf(Tree);
            return Errno.None;
        }

        if (Rest.Length == 0)
        {
            return Files.TryStat(Base, out stat, followLinks: followLinks);
        }

        stat = default;
        var errno = TryOpen(followLinks, out var found);
        using (found)
        {
            stat = found is null ? default : Files.StatOf(found);
        }

        return errno;
    }

    public Fd Copy(bool recursive, bool followLinks)
    {
        if (Tree is not null)
        {
            return Descriptors.Duplicate(Tree.Number);
        }

        if (Rest.Length == 0)
        {
            return MountTree.Clone(Base, recursive, followLinks: followLinks);
        }

        var errno = TryOpen(followLinks, out var found);
        using (found ?? throw new KernelException("open", Path, errno))
        {
            return MountTree.Clone("", recursive, found);
        }
    }

    private Errno TryOpen(bool followLinks, out Fd? found)
    {
        using var root = Files.Open(Base, O_PATH | O_DIRECTORY);
        return RootedPath.TryOpen(root, Rest, O_PATH | (followLinks ? 0 : O_NOFOLLOW), out found);
    }
}
