using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Layers;

/// <summary>
/// What overlayfs does when it is asked, done once: a layer is copied over those below it, and its whiteouts and opaque
/// directories take away what they hide.
/// </summary>
internal static class LayerMerge
{
    /// <summary>Makes room for a file of the upper layer; true if there is nothing to be put there.</summary>
    /// <param name="node">the file of the upper layer.</param>
    /// <param name="to">the directory that it goes into.</param>
    public static bool Prepare(Fd node, in Stat stat, Fd to, ReadOnlySpan<byte> name, out Errno errno)
    {
        errno = Errno.None;
        if (Whiteout.Is(stat))
        {
            errno = TreeRemover.TryRemove(to, name);
            return true;
        }

        // The image specification's form, where the file system of the store takes no whiteouts (LayerUnpacker).
        if (stat.IsRegular && name.StartsWith(".wh."u8))
        {
            errno = name.StartsWith(".wh..wh."u8) ? Errno.None : TreeRemover.TryRemove(to, name[".wh.".Length..]);
            return true;
        }

        if (At.TryStat(to, name, out var there) == Errno.None && !(there.IsDirectory && stat.IsDirectory && !Whiteout.IsOpaque(node)))
        {
            errno = TreeRemover.TryRemove(to, name);
        }

        return errno != Errno.None;
    }
}
