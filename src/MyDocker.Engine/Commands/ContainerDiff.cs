using MyDocker.Engine.Containers;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker diff</c>: what a container has added (A), changed (C) and deleted (D) in its image's files.</summary>
public static class ContainerDiff
{
    private static readonly HashSet<string> s_mountPoints = ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/console"];

    /// <summary>In order of paths.</summary>
    public static List<(char Kind, string Path)> Run(EngineRoots roots, string container)
    {
        Reconciler.Run(roots);
        var record = new ContainerStore(roots).Find(container);
        using var made = new ContainerChanges(roots, record);
        using var image = made.Image is { } copy ? Files.Open(copy, O_RDONLY | O_DIRECTORY) : ImageTree.Open(ImageTree.LayersOf(record));
        using var upper = Files.Open(made.Upper, O_RDONLY | O_DIRECTORY);
        var ours = new HashSet<string>(s_mountPoints);
        ours.UnionWith(record.Options.Mounts.Select(mount => mount.Destination));
        var changes = new List<(char, string)>();
        Walk(upper, "", image, ours, changes);
        changes.Sort((a, b) => string.CompareOrdinal(a.Item2, b.Item2));
        return changes;
    }

    private static void Walk(Fd directory, string path, Fd image, HashSet<string> mountPoints, List<(char, string)> changes)
    {
        var names = new List<string>();
        Files.List(directory, names);
        foreach (var name in names)
        {
            var child = $"{path}/{name}";
            if (Files.TryStat(name, out var stat, followLinks: false, dir: directory) != Errno.None)
            {
                continue;
            }

            if (name.StartsWith(".wh.", StringComparison.Ordinal) && stat.IsRegular)
            {
                changes.Add(('D', $"{path}/{name[4..]}")); // where the file system takes no whiteouts
                continue;
            }

            var isBelow = RootedPath.TryOpen(image, child, O_PATH | O_NOFOLLOW, out var below) == Errno.None;
            below?.Dispose();
            if (IsWhiteout(stat))
            {
                changes.Add(('D', child));
                continue;
            }

            var before = changes.Count;
            if (stat.IsDirectory && Files.TryOpen(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out var next, dir: directory) == Errno.None)
            {
                using (next)
                {
                    Walk(next!, child, image, mountPoints, changes);
                }
            }

            // A place where something was mounted is not the container's doing.
            if (!mountPoints.Contains(child) && !(stat.IsDirectory && changes.Count == before && isBelow && IsOnlyParentOf(mountPoints, child)))
            {
                changes.Add((isBelow ? 'C' : 'A', child));
            }
        }
    }

    private static bool IsOnlyParentOf(HashSet<string> mountPoints, string path)
        => mountPoints.Any(point => point.StartsWith(path + "/", StringComparison.Ordinal));

    /// <summary>overlayfs marks what is gone by a character device 0:0.</summary>
    private static bool IsWhiteout(in Stat stat) => (stat.Mode & Stat.S_IFMT) == Stat.S_IFCHR && stat is { DeviceNodeMajor: 0, DeviceNodeMinor: 0 };
}
