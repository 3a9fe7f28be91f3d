using MyDocker.Engine.Spec;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>
/// The layers of a container as one tree, to be read from the host: a union that is mounted nowhere, with the owners that are on
/// disk. Nothing of it is resolved as a path of the host.
/// </summary>
internal static class ImageTree
{
    /// <summary>The image's layers, top-most first.</summary>
    public static List<string> LayersOf(ContainerRecord record)
        => record.Layers.ConvertAll(layer => layer == "." ? record.LayersParent : $"{record.LayersParent}/{layer}");

    /// <summary>The container as it is: its own layer on top of the image's.</summary>
    public static Fd OpenContainer(EngineRoots roots, ContainerRecord record)
        => Open(DirectoriesOf(roots, record), SpecBuilder.HasOwnUserNamespace(record.Options) ? "userxattr" : "index=off");

    /// <summary>What the container's files are made of, top-most first.</summary>
    public static List<string> DirectoriesOf(EngineRoots roots, ContainerRecord record)
        => [$"{roots.ContainerDirectory(record.Id)}/upper", .. record.IsCopy ? [] : LayersOf(record)];

    /// <param name="directories">top-most first.</param>
    /// <param name="marks">the mount option that says which attribute marks an opaque directory, user.overlay or trusted.overlay: a
    /// container's own layer has one of them only, by how it is mounted; layers of images have both.</param>
    public static Fd Open(List<string> directories, string marks = "userxattr")
    {
        if (directories.Count == 1)
        {
            return Files.Open(directories[0], OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        }

        using var tree = Mount(directories, [marks], MountAttributes.MOUNT_ATTR_RDONLY);

        // The mount's own descriptor is good for paths only; its files go with it.
        return Files.Open(".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, dir: tree);
    }

    /// <summary>The same union that a start mounts, to be written to, detached: only while nobody else has one of this container.</summary>
    /// <param name="directory">the container's own, with upper and work.</param>
    /// <param name="isInUserNamespace">the container's start mounts it in its user namespace, whose marks are other ones.</param>
    public static Fd MountWritable(string directory, List<string> layers, bool isInUserNamespace)
        => Mount(layers, [$"upperdir={directory}/upper", $"workdir={directory}/work", .. isInUserNamespace ? (string[])["userxattr"] : ["index=off", "metacopy=off"]], MountAttributes.MOUNT_ATTR_NODEV);

    private static Fd Mount(List<string> directories, string[] words, ulong attributes)
    {
        try
        {
            return MountTree.New("overlay", [.. directories.Select(directory => $"lowerdir+={directory}"), .. words], attributes);
        }
        catch (KernelException e) when (e.Errno == Errno.EINVAL)
        {
            // Before Linux 6.5 all layers stand in one text, of at most 255 bytes.
            return MountTree.New("overlay", [$"lowerdir={string.Join(':', directories)}", .. words], attributes);
        }
    }
}
