using MyDocker.Images.Layers;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Containers;

/// <summary>
/// What a container changed in its image's files, as a directory in overlayfs' form. Of a union that is its writable layer; of a
/// copy it is found out by comparing, and lives until this is closed.
/// </summary>
internal sealed class ContainerChanges : IDisposable
{
    private readonly string _own;
    private readonly string? _temporary;

    public ContainerChanges(EngineRoots roots, ContainerRecord record)
    {
        _own = roots.ContainerDirectory(record.Id);
        Upper = $"{_own}/upper";
        if (!record.IsCopy)
        {
            return;
        }

        _temporary = $"changes-{Environment.ProcessId}";
        var (image, changes) = ($"{_own}/{_temporary}/image", $"{_own}/{_temporary}/upper");
        try
        {
            Files.MakeDirectories(image, 0x1C0);
            Files.MakeDirectories(changes, 0x1C0);
            LayerCopy.Flatten(ImageTree.LayersOf(record), image, exclude: roots.Data);
            LayerCopy.Changes(Upper, image, changes, FirstHostId());
            (Image, Upper) = (image, changes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Upper { get; }

    /// <summary>The image's files as one tree; null where a union of them can be had (<see cref="ImageTree"/>).</summary>
    public string? Image { get; }

    public void Dispose()
    {
        if (_temporary is not null && Files.TryOpen(_own, O_RDONLY | O_DIRECTORY, out var directory) == Errno.None)
        {
            using (directory)
            {
                RootedPath.TryRemoveTree(directory!, _temporary);
            }
        }
    }

    // Where no mount maps owners, the container's own directory belongs to its root as the host knows it (UnmappedOwners).
    private uint FirstHostId() => Files.TryStat(_own, out var stat) == Errno.None ? stat.Uid : 0;
}
