using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Copy;

/// <summary>The files of a container that does not run, put together as for a start.</summary>
internal static class StoppedContainer
{
    private const int Everyone = 0x1ED; // 0755
    private const int PublicFile = 0x1A4; // 0644

    /// <summary>
    /// Mounts layers, volumes and binds in a mount namespace that this thread gets for itself; returns the root. Call it while the
    /// container's journal is held: two unions must not write to one directory.
    /// </summary>
    /// <param name="firstHostId">whom the files on disk belong to: 0, the container's own ids; else see <see cref="UnmappedOwners"/>.</param>
    public static Fd Mount(EngineRoots roots, ContainerRecord record, out uint firstHostId)
    {
        roots.Create();
        var directory = roots.ContainerDirectory(record.Id);
        firstHostId = Files.TryStat(directory, out var stat) == Errno.None ? stat.Uid : 0;
        MountNamespace.Unshare();
        using var tree = record.IsCopy
            ? MountTree.Clone($"{directory}/upper")
            : ImageTree.MountWritable(directory, LayersOf(directory, record, firstHostId), SpecBuilder.HasOwnUserNamespace(record.Options));
        var place = $"{roots.MountPoints}/root";
        using (var target = Files.Open(place, O_PATH | O_DIRECTORY))
        {
            MountTree.Attach(tree, target, place);
        }

        var root = Files.Open(place, O_PATH | O_DIRECTORY);
        foreach (var mount in record.Options.Mounts.Where(mount => mount.Type != "tmpfs"))
        {
            Bind(root, mount.HostPath ?? mount.Source, mount.Destination, mount.Options.Contains("ro"));
        }

        foreach (var name in OwnFiles.Names.Where(name => !record.Options.Mounts.Exists(mount => mount.Destination == $"/etc/{name}")))
        {
            Bind(root, $"{directory}/{name}", $"/etc/{name}", isReadOnly: false);
        }

        if (record.Options.ReadOnly)
        {
            MakeReadOnly(tree, "/");
        }

        return root;
    }

    private static List<string> LayersOf(string directory, ContainerRecord record, uint firstHostId)
    {
        var copy = $"{directory}/lower-{firstHostId}";
        return ImageTree.LayersOf(Files.Exists(copy) ? record with { LayersParent = copy } : record);
    }

    /// <summary>A source that has gone is left out: the start will say so.</summary>
    private static void Bind(Fd root, string source, string destination, bool isReadOnly)
    {
        if (Files.TryStat(source, out var stat) != Errno.None)
        {
            return;
        }

        using var target = OpenTarget(root, destination, stat.IsDirectory);
        using var tree = MountTree.Clone(source, recursive: true);
        if (isReadOnly)
        {
            MakeReadOnly(tree, destination);
        }

        MountTree.Attach(tree, target, destination);
    }

    /// <summary>A mount point that is missing is made, as a start makes it.</summary>
    private static Fd OpenTarget(Fd root, string path, bool isDirectory)
    {
        var errno = RootedPath.TryOpen(root, path, O_PATH, out var target);
        if (errno != Errno.ENOENT)
        {
            return errno == Errno.None ? target! : throw new KernelException("open mount point", path, errno);
        }

        errno = RootedPath.TryMakeDirectories(root, isDirectory ? path : Path.GetDirectoryName(path)!, Everyone, out target);
        if (errno == Errno.None && !isDirectory)
        {
            target!.Dispose();
            errno = RootedPath.TryOpen(root, path, O_WRONLY | O_CREAT | O_EXCL, out target, PublicFile);
        }

        return errno == Errno.None ? target! : throw new KernelException("make mount point", path, errno);
    }

    private static void MakeReadOnly(Fd tree, string path)
    {
        var errno = MountTree.TrySetAttributes(tree, new MountAttr { Set = MountAttributes.MOUNT_ATTR_RDONLY });
        if (errno != Errno.None)
        {
            throw new KernelException("make read-only", path, errno);
        }
    }
}
