using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Layers;

/// <summary>Copies of layers for one container: what is left where their owners cannot be mapped by a mount.</summary>
public static class LayerCopy
{
    private const ulong Beneath = OpenHow.RESOLVE_BENEATH | OpenHow.RESOLVE_NO_SYMLINKS;

    /// <summary>
    /// Copies a layer with everything that files have: owners, modes with set-id bits, capabilities, hard links, devices,
    /// overlayfs' whiteouts and opaque markers.
    /// </summary>
    /// <param name="source">the layer's directory.</param>
    /// <param name="target">an existing empty directory.</param>
    /// <param name="firstHostId">added to every owner, 0: they stay; then an owner above 65535 is an error that names the file.</param>
    /// <param name="exclude">a directory that is not copied should it lie inside: the data root, which the copy is in.</param>
    /// <param name="attend">called again and again; what it throws ends the copy.</param>
    public static void Copy(string source, string target, uint firstHostId, string exclude, Action attend)
    {
        using var from = Open(source);
        using var to = Open(target);
        Files.TryStat(exclude, out var excluded);
        var copier = new DirectoryCopier(from, to, archive: null, excluded, firstHostId == 0 ? null : new OwnerShift(firstHostId));
        copier.Copy(_ => attend());
    }

    /// <summary>Copies layers one over the other: what a union of them would show.</summary>
    /// <param name="layers">top-most first.</param>
    /// <param name="target">an existing empty directory.</param>
    /// <param name="exclude">a directory that is not copied should it lie inside.</param>
    public static void Flatten(IReadOnlyList<string> layers, string target, string exclude)
    {
        using var to = Open(target);
        Files.TryStat(exclude, out var excluded);
        foreach (var layer in layers.Reverse())
        {
            using var from = Open(layer);
            new DirectoryCopier(from, to, archive: null, excluded, merges: true).Copy(null);
        }
    }

    /// <summary>
    /// The difference between a tree and what it was made of, in overlayfs' form: what is new or other, and whiteouts for what is
    /// gone. Files count as unchanged if type, mode, owner, size and time of change are.
    /// </summary>
    /// <param name="changes">an existing empty directory.</param>
    /// <param name="firstHostId">owners in the tree begin there; in the changes they are as in the image.</param>
    public static void Changes(string tree, string image, string changes, uint firstHostId)
    {
        using var from = Open(tree);
        using var before = Open(image);
        using var to = Open(changes);
        new DirectoryCopier(from, to, archive: null, default, firstHostId == 0 ? null : new OwnerShift(firstHostId, isBack: true)).Copy(null);
        new TreeDifference(before, to).Reduce();
    }

    /// <summary>Sum of the file sizes in a directory, bytes; files with several names count once.</summary>
    public static long SizeOf(string directory, Action attend)
    {
        using var root = Open(directory);
        var mount = Files.StatOf(root).MountId;
        var size = 0L;
        var open = new Stack<byte[]>();
        open.Push([]);
        while (open.TryPop(out var path))
        {
            attend();
            if (At.TryResolve(root, path, O_RDONLY | O_DIRECTORY, out var current, Beneath) != Errno.None)
            {
                continue; // the copy will say what is wrong with it
            }

            using (current)
            {
                foreach (var name in At.List(current!))
                {
                    if (At.TryStat(current!, name, out var stat) != Errno.None || stat.MountId != mount)
                    {
                        continue;
                    }

                    if (stat.IsDirectory)
                    {
                        open.Push(LayerPath.Join(path, name));
                    }
                    else if (stat.IsRegular)
                    {
                        size += (long)stat.Size / Math.Max(1, stat.Links);
                    }
                }
            }
        }

        return size;
    }

    private static Fd Open(string directory)
    {
        var errno = Files.TryOpen(directory, O_RDONLY | O_DIRECTORY, out var fd);
        return errno == Errno.None ? fd! : throw ImageException.Kernel("copy", directory, errno);
    }
}
