using MyDocker.Engine.Options;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>-v, --mount and --tmpfs.</summary>
public static class UserMounts
{
    public static MountSpec ToSpec(MountOption mount, bool ownUsers)
    {
        if (mount.Type == "tmpfs")
        {
            return new MountSpec { Destination = mount.Destination, Type = "tmpfs", Source = "tmpfs", Options = mount.Options };
        }

        List<string> options = mount.Type == "volume" ? ["rbind", "rprivate", .. mount.Options.Where(word => word is "ro" or "rro")] : [.. mount.Options];
        if (ownUsers)
        {
            options.Add("idmap"); // what the container's root writes belongs to the caller; where that cannot be, see UnmappedOwners
        }

        return new MountSpec { Destination = mount.Destination, Type = "bind", Source = mount.HostPath ?? mount.Source, Options = options };
    }

    /// <summary>What is mounted below it on either side is to appear on the other.</summary>
    public static bool IsShared(MountOption mount) => mount.Type == "bind" && mount.Options.Exists(word => word is "shared" or "rshared");

    /// <summary>Sources that must exist do; makes nothing.</summary>
    public static void CheckSources(RunOptions options)
    {
        foreach (var mount in options.Mounts.Where(mount => mount.Type == "bind"))
        {
            var errno = Files.TryStat(mount.Source, out _);
            if (errno != Errno.None && !(errno == Errno.ENOENT && mount.CreateSource))
            {
                throw new EngineException($"bind {mount.Source} to {mount.Destination}: {errno.Describe()}; the source must exist on the host");
            }
        }
    }

    /// <summary>-v makes a missing source, as docker does; it stays, as it is the user's.</summary>
    public static void CreateSources(RunOptions options)
    {
        foreach (var mount in options.Mounts.Where(mount => mount is { Type: "bind", CreateSource: true }))
        {
            if (Files.TryStat(mount.Source, out _) == Errno.ENOENT)
            {
                Files.MakeDirectories(mount.Source, 0x1ED);
            }
        }
    }
}
