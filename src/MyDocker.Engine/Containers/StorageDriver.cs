using MyDocker.Images.Layers;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>
/// How a container gets its root file system: as a union of layers (overlay2), or, where overlayfs is missing or refuses the data
/// root, as a copy of all of them (vfs). Both names are docker's.
/// </summary>
public static class StorageDriver
{
    public const string Overlay = "overlay2";
    public const string Copy = "vfs";

    /// <summary>Overrides what was found out: overlay2 or vfs.</summary>
    public const string Variable = "MYDOCKER_STORAGE_DRIVER";

    /// <summary>For new containers of a data root; one that exists keeps its own.</summary>
    public static string Of(EngineRoots roots) => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" => Files.Exists(Mark(roots)) ? Copy : Overlay,
        Overlay or "overlay" => Overlay,
        Copy => Copy,
        var other => throw new EngineException($"{Variable}={other}: use {Overlay} or {Copy}"),
    };

    /// <summary>Mounts a union with its writable layer in the data root, nowhere, and leaves a mark if that fails. Once for each data root.</summary>
    public static void Probe(EngineRoots roots)
    {
        if (TryUnion(roots.MountPoints) is var errno && errno is not (Errno.None or Errno.EPERM))
        {
            Files.TryMakeDirectory(Mark(roots), 0x1C0);
        }
    }

    /// <summary>What a union of empty directories in a directory comes to. EPERM says that we may not mount, and so nothing of overlayfs.</summary>
    public static Errno TryUnion(string directory)
    {
        var probe = $"{directory}/probe-{Environment.ProcessId}";
        try
        {
            foreach (var name in (ReadOnlySpan<string>)["", "/lower", "/upper", "/work"])
            {
                Files.TryMakeDirectory(probe + name, 0x1C0);
            }

            // By descriptors: the kernel takes 255 bytes of each option.
            using var at = Files.Open(probe, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
            MountTree.New("overlay", [$"lowerdir={at.ProcPath}/lower", $"upperdir={at.ProcPath}/upper", $"workdir={at.ProcPath}/work", "userxattr"], 0).Dispose();
            return Errno.None;
        }
        catch (KernelException e)
        {
            return e.Errno;
        }
        finally
        {
            using var parent = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
            RootedPath.TryRemoveTree(parent, Path.GetFileName(probe));
        }
    }

    /// <summary>Makes a new container's copy of its image; where there is a union, nothing.</summary>
    internal static void Fill(EngineRoots roots, ContainerRecord record)
    {
        if (!record.IsCopy)
        {
            return;
        }

        var layers = ImageTree.LayersOf(record);
        EngineLog.Write(LogLevel.Warn, $"overlayfs cannot be used in {roots.Data}: the image is copied for this container ({(layers.Sum(layer => LayerCopy.SizeOf(layer, () => { })) + 999_999) / 1_000_000} MB)");
        LayerCopy.Flatten(layers, $"{roots.ContainerDirectory(record.Id)}/upper", exclude: roots.Data);
    }

    private static string Mark(EngineRoots roots) => $"{roots.MountPoints}/{Copy}";
}
