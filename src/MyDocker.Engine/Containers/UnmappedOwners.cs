using MyDocker.Engine.Info;
using MyDocker.Images.Layers;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Plan;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Containers;

/// <summary>
/// How a container keeps its own user namespace where no mount can map owners (docs/user-namespaces.md): its files are given to
/// the host ids that it has, and layers are copied. Each of it comes with a warning.
/// </summary>
/// <param name="warn">shows a line to who waits for the start.</param>
/// <param name="attend">called again and again during a copy; what it throws ends it.</param>
internal sealed class UnmappedOwners(EngineRoots roots, ContainerRecord record, uint firstHostId, Action<string> warn, Action attend)
{
    private const int PassThrough = 0x1C9; // 0711

    private readonly string _directory = roots.ContainerDirectory(record.Id);

    public OwnerFallback Fallback => new(OwnDirectory, CopyLayers, Bind);

    /// <summary>The directories that overlayfs writes to, and the files that are mounted over the image's, belong to the container's root.</summary>
    private void OwnDirectory(Errno errno)
    {
        var owner = Files.TryStat(_directory, out var stat) == Errno.None ? stat.Uid : 0;
        if (owner == firstHostId)
        {
            return; // an earlier start did it
        }

        if (owner != 0)
        {
            throw new EngineException($"{record.Name}: its files belong to the host ids from {owner} on, as owners cannot be mapped there, and another container has these now; stop that one, or make the container anew");
        }

        if (errno != Errno.ENOSYS && MountOf(record.LayersParent) != stat.MountId) // else the layers' warning comes, and says it
        {
            Warn(errno, _directory, $"what this container writes belongs to its host ids there ({firstHostId} and up)");
        }

        if (record.IsCopy)
        {
            ShiftCopy();
        }

        foreach (var name in (List<string>)[.. OwnFiles.Names, "work", "upper", "."]) // itself last: that tells that all is done
        {
            using var file = Files.Open($"{_directory}/{name}", O_RDONLY | O_NOFOLLOW);
            Require(Descriptors.TryChangeOwner(file, firstHostId, firstHostId), "change owner of", $"{_directory}/{name}");
        }
    }

    /// <summary>The container's copy of its image once more, with the owners that it has on the host.</summary>
    private void ShiftCopy()
    {
        using var own = Files.Open(_directory, O_RDONLY | O_DIRECTORY);
        Require(RootedPath.TryRemoveTree(own, "upper-shifted"), "remove", $"{_directory}/upper-shifted");
        Files.MakeDirectories($"{_directory}/upper-shifted", PassThrough);
        LayerCopy.Copy($"{_directory}/upper", $"{_directory}/upper-shifted", firstHostId, exclude: roots.Data, attend);
        Require(RootedPath.TryRemoveTree(own, "upper"), "remove", $"{_directory}/upper");
        Require(Files.TryRename($"{_directory}/upper-shifted", $"{_directory}/upper"), "rename", $"{_directory}/upper-shifted");
    }

    /// <summary>
    /// A copy of the layers under their names. Mapped, it keeps the owners of the image and is good for every start; else it is
    /// made for one range of ids, which its name tells. A copy has its name once it is complete.
    /// </summary>
    private string CopyLayers(bool isMapped, Errno errno)
    {
        var shift = isMapped ? 0 : firstHostId;
        var path = $"{_directory}/lower-{shift}";
        if (Files.Exists(path))
        {
            return path;
        }

        var size = record.Layers.Sum(layer => LayerCopy.SizeOf(SourceOf(layer), attend));
        Warn(errno, record.LayersParent, $"the image is copied for this container ({(size + 999_999) / 1_000_000} MB); --userns=host avoids the copy");
        using var own = Files.Open(_directory, O_RDONLY | O_DIRECTORY);
        foreach (var old in Files.List(_directory).Where(old => old.StartsWith("lower", StringComparison.Ordinal)))
        {
            Require(RootedPath.TryRemoveTree(own, old), "remove", $"{_directory}/{old}");
        }

        var unfinished = $"{_directory}/lower";
        foreach (var layer in record.Layers)
        {
            var target = layer == "." ? unfinished : $"{unfinished}/{layer}";
            Files.MakeDirectories(target, PassThrough);
            LayerCopy.Copy(SourceOf(layer), target, shift, exclude: roots.Data, attend);
        }

        Require(Files.TryRename(unfinished, path), "rename", unfinished);
        return path;
    }

    private static ulong MountOf(string path) => Files.TryStat(path, out var stat) == Errno.None ? stat.MountId : 0;

    private string SourceOf(string layer) => layer == "." ? record.LayersParent : $"{record.LayersParent}/{layer}";

    private void Bind(string source, Errno errno)
        => Warn(errno, source, $"its files show the owners that they have on the host (nobody, where the container has no such id), and what the container writes there belongs to its host ids ({firstHostId} and up)");

    private void Warn(Errno errno, string path, string consequence)
    {
        var cause = errno == Errno.ENOSYS ? $"this kernel's overlayfs takes no mounts with mapped owners (Linux 5.19 does; {path})"
            : $"owners cannot be mapped on {FileSystems.NameOf(path)} ({path})";
        warn($"mydocker: warning: {cause}: {consequence}\n");
    }

    private static void Require(Errno errno, string operation, string path)
    {
        if (errno != Errno.None)
        {
            throw new KernelException(operation, path, errno);
        }
    }
}
