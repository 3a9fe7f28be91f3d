using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>Turns a copy of a changed tree into the layer of its changes: takes away what is as it was, and marks what is gone.</summary>
/// <param name="before">what the tree was made of.</param>
/// <param name="after">the copy.</param>
internal sealed class TreeDifference(Fd before, Fd after)
{
    private const ulong Beneath = OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS;

    private static readonly Comparer<byte[]> ByteOrder = Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b));

    public void Reduce()
    {
        // Deepest first, by path from the top: a directory can only be told unchanged when what is in it has been looked at.
        var directories = new List<byte[]> { Array.Empty<byte>() };
        for (var i = 0; i < directories.Count; i++)
        {
            using var directory = Open(after, directories[i]);
            foreach (var name in At.List(directory))
            {
                if (At.TryStat(directory, name, out var stat) == Errno.None && stat.IsDirectory)
                {
                    directories.Add(LayerPath.Join(directories[i], name));
                }
            }
        }

        for (var i = directories.Count - 1; i >= 0; i--)
        {
            ReduceDirectory(directories[i]);
        }
    }

    private void ReduceDirectory(byte[] path)
    {
        using var now = Open(after, path);
        var stat = Files.StatOf(now);
        if (At.TryResolve(before, path.Length == 0 ? "."u8 : path, O_RDONLY | O_DIRECTORY, out var old, Beneath) != Errno.None)
        {
            return; // all of it is new
        }

        using (old)
        {
            var names = At.List(now);
            foreach (var name in names)
            {
                // Directories below have been reduced: what is left of one with nothing in it is what it is itself.
                if (IsSame(old!, now, name, out var isDirectory))
                {
                    var errno = At.Unlink(now, name, isDirectory);
                    Check(errno == Errno.ENOTEMPTY ? Errno.None : errno, name);
                }
            }

            foreach (var name in At.List(old!).Where(name => names.BinarySearch(name, ByteOrder) < 0))
            {
                Check(Whiteout.Make(now, name), name);
            }
        }

        Check(At.SetTime(now, stat.ModifiedSeconds, stat.ModifiedNanoseconds), path);
    }

    private bool IsSame(Fd old, Fd now, byte[] name, out bool isDirectory)
    {
        isDirectory = false;
        if (At.TryStat(now, name, out var b) != Errno.None || At.TryStat(old, name, out var a) != Errno.None)
        {
            return false;
        }

        isDirectory = b.IsDirectory;
        return a.Mode == b.Mode && a.Uid == b.Uid && a.Gid == b.Gid
            && (isDirectory || (a.Size == b.Size && a.ModifiedSeconds == b.ModifiedSeconds && a.ModifiedNanoseconds == b.ModifiedNanoseconds))
            && a.DeviceNodeMajor == b.DeviceNodeMajor && a.DeviceNodeMinor == b.DeviceNodeMinor
            && (!a.IsSymlink || (At.TryReadLink(old, name, out var from) == Errno.None && At.TryReadLink(now, name, out var to) == Errno.None && from.AsSpan().SequenceEqual(to)));
    }

    private static Fd Open(Fd root, byte[] path)
    {
        Check(At.TryResolve(root, path.Length == 0 ? "."u8 : path, O_RDONLY | O_DIRECTORY, out var directory, Beneath), path);
        return directory!;
    }

    private static void Check(Errno errno, byte[] path)
    {
        if (errno != Errno.None)
        {
            throw ImageException.Kernel("compare", Printable.Name(path), errno);
        }
    }
}
