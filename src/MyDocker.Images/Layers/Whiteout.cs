using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>Marks in a layer for names that are gone, and for directories that hide what is below them.</summary>
internal static class Whiteout
{
    public static bool Is(in Stat stat) => stat.IsCharDevice && stat.DeviceNodeMajor == 0 && stat.DeviceNodeMinor == 0;

    /// <summary>
    /// A device 0:0, as overlayfs wants it; where the file system takes none (overlayfs itself, which cannot be a layer then either),
    /// an empty file ".wh.NAME" as in archives. EEXIST if the layer has a file of the name.
    /// </summary>
    public static Errno Make(Fd parent, ReadOnlySpan<byte> name)
    {
        var errno = At.MakeNode(parent, name, Stat.S_IFCHR, 0, 0);
        if (errno == Errno.EPERM)
        {
            return At.TryStat(parent, name, out _) == Errno.None ? Errno.EEXIST : MakeFile(parent, [.. ".wh."u8, .. name]);
        }

        if (errno == Errno.None)
        {
            // A mark has no owner and no age: archived again it is the same, and a set-group-id parent changes nothing.
            errno = At.SetOwner(parent, name, 0, 0);
            errno = errno == Errno.None ? At.SetTime(parent, name, 0, 0) : errno;
        }

        return errno;
    }

    /// <summary>Hides all that lower layers have in a directory; the same way out.</summary>
    public static Errno MakeOpaque(Fd directory)
    {
        var errno = Attributes.TrySetOpaque(directory);
        return errno is Errno.EPERM or Errno.EOPNOTSUPP ? MakeFile(directory, ".wh..wh..opq"u8) : errno;
    }

    /// <summary>Whether a directory of a layer hides what lower layers have in it.</summary>
    public static bool IsOpaque(Fd directory) => Attributes.IsOpaque(directory) || At.TryStat(directory, ".wh..wh..opq"u8, out _) == Errno.None;

    private static Errno MakeFile(Fd parent, ReadOnlySpan<byte> name)
    {
        var errno = At.TryOpen(parent, name, O_WRONLY | O_CREAT, out var file, 0);
        using (file)
        {
            return errno == Errno.None ? At.SetTime(file!, 0, 0) : errno;
        }
    }
}
