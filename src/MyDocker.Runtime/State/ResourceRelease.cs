using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.State;

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
                ResourceKind.Link => null,
                _ => null,
            };
        }
        catch (KernelException e)
        {
            return e.Message;
        }
    }

    /// <summary>Ends what still runs in it, then removes it from every hierarchy.</summary>
    private static string? RemoveCgroup(string path)
    {
        var cgroup = new Cgroup(CgroupLayout.Detect(), path);
        try
        {
            if (!cgroup.IsEmpty())
            {
                cgroup.KillAll();
            }

            cgroup.Destroy();
            return null;
        }
        catch (CgroupException e)
        {
            return e.Message;
        }
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
