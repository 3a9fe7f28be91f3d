using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// The /dev of a container with a user namespace of its own. Its root may not make device nodes, and on a tmpfs that it mounts
/// itself none could be opened. So the parent makes the tmpfs with the nodes, owned by the ids that stand for the container's,
/// and hands it over: twelve calls in place of twenty-four and six mounts.
/// </summary>
internal static class DevFileSystem
{
    /// <summary>The parent can make the nodes, as far as can be known: it has the first user namespace, and knows the mapping.</summary>
    public static bool Makes(LaunchRequest request)
        => NamespaceSteps.IsNew(request.Spec, "user") && !request.RunsInUserNamespace && !request.IsMountedByChild
            && HostId(request.Spec.Linux!.UidMappings, 0) is not null && HostId(request.Spec.Linux.GidMappings, 0) is not null;

    /// <param name="words">options of the tmpfs.</param>
    public static Fd Make(RuntimeSpec spec, IEnumerable<string> words, ulong attributes)
    {
        var linux = spec.Linux!;
        var mount = MountTree.New("tmpfs", [.. words, $"uid={HostId(linux.UidMappings, 0)}", $"gid={HostId(linux.GidMappings, 0)}"], attributes);
        try
        {
            var isFirst = true;
            foreach (var node in DeviceNode.Of(spec).Where(node => node.IsInDev && node.Type != Stat.S_IFIFO))
            {
                if (!TryMake(mount, node, linux, mayBeDenied: isFirst))
                {
                    break;
                }

                isFirst = false;
            }

            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    /// <summary>False without the right to make any (EPERM): then the child mounts the host's.</summary>
    private static bool TryMake(Fd mount, DeviceNode node, LinuxSpec linux, bool mayBeDenied)
    {
        var name = node.Path["/dev/".Length..];
        if (!node.IsDirectlyInDev)
        {
            MakeDirectories(mount, name, linux);
        }

        var errno = Files.TryMakeNode(name, node.Type | node.Mode, node.Number, mount);
        if (errno == Errno.EEXIST || (errno == Errno.EPERM && mayBeDenied))
        {
            return errno == Errno.EEXIST;
        }

        Require(errno, "create device", node.Path);
        Require(Files.TryChangeOwner(name, HostId(linux.UidMappings, node.Uid) ?? 0, HostId(linux.GidMappings, node.Gid) ?? 0, mount), "set owner of", node.Path);
        Require(Files.TryChangeMode(name, node.Mode, mount), "set mode of", node.Path); // our umask had its say
        return true;
    }

    private static void MakeDirectories(Fd mount, string name, LinuxSpec linux)
    {
        for (var slash = name.IndexOf('/'); slash > 0; slash = name.IndexOf('/', slash + 1))
        {
            var directory = name[..slash];
            var errno = Files.TryMakeDirectory(directory, 0x1ED, mount);
            if (errno != Errno.EEXIST)
            {
                Require(errno, "create directory", $"/dev/{directory}");
                Require(Files.TryChangeOwner(directory, HostId(linux.UidMappings, 0) ?? 0, HostId(linux.GidMappings, 0) ?? 0, mount), "set owner of", $"/dev/{directory}");
                Require(Files.TryChangeMode(directory, 0x1ED, mount), "set mode of", $"/dev/{directory}");
            }
        }
    }

    /// <summary>An id of the container as the host knows it; null: it has no place in the mapping.</summary>
    private static uint? HostId(List<LinuxIDMapping>? mappings, uint id)
        => mappings?.Find(mapping => id >= mapping.ContainerID && id - mapping.ContainerID < mapping.Size) is { } found ? id - found.ContainerID + found.HostID : null;

    private static void Require(Errno errno, string operation, string path)
    {
        if (errno != Errno.None)
        {
            throw new KernelException(operation, path, errno);
        }
    }
}
