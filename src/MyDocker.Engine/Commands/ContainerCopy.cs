using System.Text;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Copy;
using MyDocker.Engine.Events;
using MyDocker.Images;
using MyDocker.Images.Layers;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Commands;

public sealed record CopyOptions
{
    /// <summary>-a: files keep their owners.</summary>
    public bool Archive { get; init; }

    /// <summary>-L: a link named as the source is what it leads to.</summary>
    public bool FollowLink { get; init; }
}

/// <param name="Bytes">of the archive that went over.</param>
/// <param name="Notes">what was left out and why, a line each.</param>
public sealed record CopyResult(long Bytes, IReadOnlyList<string> Notes);

/// <summary><c>mydocker cp</c>: files from a container to the host and back, as a tar archive between a reader and a writer.</summary>
public static class ContainerCopy
{
    public static CopyResult FromContainer(EngineRoots roots, string container, string path, string hostPath, CopyOptions options) => AsCopy(() =>
    {
        using var host = Files.Open("/", O_PATH | O_DIRECTORY); // before the container's files are mounted over something
        var target = HostPath(hostPath);
        using var tree = OpenContainer(roots, container, path, out var record, out var source);
        using var node = source.OpenSource(tree.Root, options.FollowLink);
        var (directory, name) = target.OpenDestination(host, Files.StatOf(node).IsDirectory);
        using (directory)
        {
            var rules = new CopyRules
            {
                Owners = new ContainerOwners(0),
                Owner = options.Archive ? null : ((uint)Syscall.Invoke(Nr.geteuid), (uint)Syscall.Invoke(Nr.getegid)),
                KeepsPrivileges = options.Archive,
                TakesDevices = options.Archive,
            };
            var result = Copy(node, ViewOf(tree, record, source, name), directory, rules, source.Shown);
            ContainerEvents.Write(roots, record, "archive-path");
            return result;
        }
    });

    /// <summary>As a tar archive, with the owners that the container sees.</summary>
    public static void FromContainer(EngineRoots roots, string container, string path, Stream output, CopyOptions options) => AsCopy(() =>
    {
        using var tree = OpenContainer(roots, container, path, out var record, out var source);
        using var node = source.OpenSource(tree.Root, options.FollowLink);
        TreeArchive.Write(node, ViewOf(tree, record, source, null), output);
        ContainerEvents.Write(roots, record, "archive-path");
        return 0;
    });

    public static CopyResult ToContainer(EngineRoots roots, string hostPath, string container, string path, CopyOptions options) => AsCopy(() =>
    {
        using var host = Files.Open("/", O_PATH | O_DIRECTORY);
        var source = HostPath(hostPath);
        using var node = source.OpenSource(host, options.FollowLink);
        using var tree = OpenContainer(roots, container, path, out var record, out var target);
        var (directory, name) = target.OpenDestination(tree.Root, Files.StatOf(node).IsDirectory);
        using (directory)
        using (AsContainer(tree))
        {
            var view = new TreeView(Encoding.UTF8.GetBytes(name ?? source.Name), new ContainerOwners(0), _ => true);
            var result = Copy(node, view, directory, RulesFor(tree, options.Archive ? null : (0, 0)), source.Shown);
            ContainerEvents.Write(roots, record, "extract-to-dir");
            return result;
        }
    });

    /// <summary>Unpacks a tar archive, plain or compressed, into a directory of the container; owners are the archive's.</summary>
    public static CopyResult ToContainer(EngineRoots roots, Stream archive, string container, string path) => AsCopy(() =>
    {
        using var tree = OpenContainer(roots, container, path, out var record, out var target);
        using var directory = target.TryOpenDirectory(tree.Root) ?? throw new EngineException($"copy to {target.Shown}: it must be a directory, where the archive is unpacked", exitCode: 1);
        using (AsContainer(tree))
        {
            var notes = TreeArchive.Extract(archive, directory, RulesFor(tree, null), "standard input", out var bytes);
            ContainerEvents.Write(roots, record, "extract-to-dir");
            return new CopyResult(bytes, notes);
        }
    });

    private static ContainerTree OpenContainer(EngineRoots roots, string container, string path, out ContainerRecord record, out CopyPath resolved)
    {
        if (path.Length == 0)
        {
            throw new EngineException($"{container}: needs a path behind it, such as {container}:/etc/hosts", exitCode: 1);
        }

        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        record = store.Find(container);
        resolved = new CopyPath(path, "/", $"{container}:{path}");
        return ContainerTree.Open(roots, store, record);
    }

    private static CopyPath HostPath(string path) => new(path, Environment.CurrentDirectory, path);

    private static TreeView ViewOf(ContainerTree tree, ContainerRecord record, CopyPath source, string? name)
    {
        var mounts = record.Options.Mounts.Where(mount => mount.Type != "tmpfs").Select(mount => mount.Destination).ToList();

        // Volumes and what was bound belong to the container; /proc, /sys and /dev are the kernel's.
        bool Enters(byte[] below)
        {
            var path = $"{source.Absolute.TrimEnd('/')}/{Encoding.UTF8.GetString(below)}";
            return mounts.Exists(mount => path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal));
        }

        return new TreeView(Encoding.UTF8.GetBytes(name ?? source.Name), tree.Owners, Enters);
    }

    private static CopyRules RulesFor(ContainerTree tree, (uint, uint)? owner) => new()
    {
        Owners = tree.Owners,
        Owner = owner,
        KeepsPrivileges = true,
        TakesDevices = tree.Owners.FirstHostId == 0,
    };

    /// <summary>A running container's file system was mounted in its user namespace, and takes files of its ids only.</summary>
    private static FileIds? AsContainer(ContainerTree tree)
        => tree is { IsRunning: true, Owners.FirstHostId: > 0 and var first } ? new FileIds(first, first) : null;

    private static CopyResult Copy(Fd node, TreeView view, Fd directory, CopyRules rules, string shown)
    {
        using var archive = TreeArchive.Read(node, view);
        var notes = TreeArchive.Extract(archive, directory, rules, shown, out var bytes);
        return new CopyResult(bytes, notes);
    }

    /// <summary>docker's exit code for all that fails here.</summary>
    private static T AsCopy<T>(Func<T> copy)
    {
        try
        {
            return copy();
        }
        catch (Exception e) when (e is ImageException or KernelException)
        {
            throw new EngineException($"cp: {e.Message}", exitCode: 1);
        }
    }
}
