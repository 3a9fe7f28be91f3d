using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Images.Layers;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Volumes;

/// <summary>The volumes of a container that is being made: named, its own, those of its image, and those of other containers.</summary>
internal static class VolumeMounts
{
    /// <summary>
    /// Completes the mounts: --volumes-from and the image's VOLUMEs, as far as there is not a mount of the user's own there.
    /// Makes nothing.
    /// </summary>
    public static void Complete(ContainerStore store, ContainerRecord record)
    {
        var mounts = record.Options.Mounts;
        foreach (var source in record.Options.VolumesFrom)
        {
            var colon = source.LastIndexOf(':');
            var (name, mode) = colon < 0 ? (source, "rw") : (source[..colon], source[(colon + 1)..]);
            foreach (var mount in store.Find(name).Options.Mounts.Where(mount => mount.Type != "tmpfs" && !mounts.Exists(own => own.Destination == mount.Destination)))
            {
                mounts.Add(mode == "ro" && !mount.Options.Contains("ro") ? mount with { Options = [.. mount.Options, "ro", "rro"] } : mount);
            }
        }

        foreach (var destination in record.ImageConfig?.Volumes?.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>())
        {
            var path = Path.GetFullPath("/" + destination).TrimEnd('/');
            if (path.Length > 1 && !mounts.Exists(own => own.Destination == path))
            {
                mounts.Add(new MountOption("volume", "", path, [], CreateSource: false));
            }
        }
    }

    /// <summary>Makes the volumes that are missing and fills new ones with what the image has there. Call it under <see cref="VolumeStore.Hold"/>.</summary>
    public static void Make(EngineRoots roots, ContainerRecord record, ResourceJournal journal)
    {
        var volumes = new VolumeStore(roots);
        for (var i = 0; i < record.Options.Mounts.Count; i++)
        {
            var mount = record.Options.Mounts[i];
            if (mount.Type != "volume")
            {
                continue;
            }

            var anonymous = mount.Source.Length == 0;
            var name = anonymous ? ContainerNames.NewId() : mount.Source;
            if (anonymous)
            {
                journal.Record(new Resource(ResourceKind.Directory, volumes.DirectoryOf(name), OutlivesRun: true));
            }

            volumes.Create(name, new Dictionary<string, string>(), anonymous);
            record.Options.Mounts[i] = mount = mount with { Source = name, HostPath = volumes.DataOf(name) };
            if (!mount.Options.Contains("nocopy"))
            {
                CopyUp(roots, record, mount);
            }
        }
    }

    /// <summary>The anonymous volumes that only this container uses: they go with it (--rm, rm -v).</summary>
    public static List<string> OwnOf(EngineRoots roots, ContainerRecord record)
    {
        var volumes = new VolumeStore(roots);
        var own = new List<string>();
        foreach (var mount in record.Options.Mounts.Where(mount => mount is { Type: "volume", Source.Length: 64 }))
        {
            var isOwn = Files.Exists(volumes.DataOf(mount.Source)) && volumes.Find(mount.Source).Anonymous && volumes.UsersOf(mount.Source).TrueForAll(user => user.Id == record.Id);
            if (isOwn)
            {
                own.Add(mount.Source);
            }
        }

        return own;
    }

    /// <summary>An empty volume gets what the image has at its place, with owner and mode, as docker does.</summary>
    private static void CopyUp(EngineRoots roots, ContainerRecord record, MountOption mount)
    {
        using var data = Files.Open(mount.HostPath!, O_RDONLY | O_DIRECTORY);
        var names = new List<string>();
        Files.List(data, names);
        if (names.Count > 0)
        {
            return;
        }

        using var image = record.IsCopy ? ImageTree.OpenContainer(roots, record) : ImageTree.Open(ImageTree.LayersOf(record));
        if (RootedPath.TryOpen(image, mount.Destination, O_RDONLY | O_DIRECTORY, out var source) != Errno.None)
        {
            return; // the image has no directory there
        }

        using (source)
        {
            LayerCopy.Copy(source!.ProcPath, mount.HostPath!, 0, exclude: "", () => { });
            var stat = Files.StatOf(source);
            Descriptors.TryChangeOwner(data, stat.Uid, stat.Gid);
            Syscall.Invoke(Nr.fchmod, data.Number, stat.Mode & 0xFFF);
        }
    }
}
