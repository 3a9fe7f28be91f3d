using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;
using MyDocker.Networks;
using MyDocker.Runtime.State;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Containers;

/// <summary>How each kind of resource is given back. What is already gone is fine.</summary>
internal static class ResourceRelease
{
    /// <summary>null, or what could not be released and why.</summary>
    public static string? Try(Resource resource)
    {
        try
        {
            return resource.Kind switch
            {
                ResourceKind.Directory => Explain("remove", resource.Name, RemoveTree(resource.Name)),
                ResourceKind.File => Explain("remove", resource.Name, Files.TryUnlink(resource.Name)),
                ResourceKind.Cgroup => RemoveCgroup(resource.Name),
                ResourceKind.Claim => Claims.Release(resource.Name),
                ResourceKind.Link => RemoveLink(resource.Name),
                _ => null,
            };
        }
        catch (Exception e) when (e is KernelException or CgroupException or NetlinkException)
        {
            return e.Message;
        }
    }

    /// <summary>The journal's name of a link: its own and the id of its container, which the link's hardware address must fit.</summary>
    public static string LinkName(string hostEnd, string containerId) => $"{hostEnd} {containerId}";

    /// <summary>Begins to remove a link, for a process with one managed thread; null if it is gone or cannot be removed now.</summary>
    public static LinkDeletion? BeginRemovingLink(string name)
    {
        try
        {
            var parts = name.Split(' ');
            using var host = NetlinkSocket.Open();
            return NetworkTeardown.Begin(host, parts[0], parts[1]);
        }
        catch (Exception e) when (e is KernelException or NetlinkException)
        {
            return null;
        }
    }

    private static string? RemoveLink(string name)
    {
        var parts = name.Split(' ');
        using var host = NetlinkSocket.Open();
        NetworkTeardown.Remove(host, parts[0], parts[1]);
        return null;
    }

    /// <summary>Ends what still runs in it, then removes it from every hierarchy.</summary>
    private static string? RemoveCgroup(string path)
    {
        var cgroup = new Cgroup(CgroupLayout.Host, path);
        if (!cgroup.IsEmpty())
        {
            cgroup.KillAll();
        }

        cgroup.Destroy();
        return null;
    }

    private static Errno RemoveTree(string path)
    {
        var slash = path.LastIndexOf('/');
        var errno = Files.TryOpen(path[..Math.Max(1, slash)], O_PATH | O_DIRECTORY, out var parent);
        if (errno != Errno.None)
        {
            return errno;
        }

        using (parent)
        {
            return RootedPath.TryRemoveTree(parent!, path[(slash + 1)..]);
        }
    }

    private static string? Explain(string operation, string name, Errno errno)
        => errno is Errno.None or Errno.ENOENT ? null : $"{operation} {name}: {errno.Describe()}";
}
