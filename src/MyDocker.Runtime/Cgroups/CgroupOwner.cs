using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// Whose a container's v2 cgroup is (config-linux.md, "Cgroup ownership"): its own user's, where it has a cgroup namespace of its
/// own and /sys/fs/cgroup mounted writable, so that a systemd inside can use it.
/// </summary>
public static class CgroupOwner
{
    private const uint Leave = uint.MaxValue; // of chown(2); runc leaves the group too

    public static (uint Uid, uint Gid)? Of(RuntimeSpec spec)
    {
        var writable = spec.Mounts?.Exists(mount => mount.Destination.TrimEnd('/') == "/sys/fs/cgroup" && mount.Type is "cgroup" or "cgroup2"
            && mount.Options?.Contains("ro") != true) == true;
        var ownNamespace = spec.Linux?.Namespaces?.Exists(one => one is { Type: "cgroup", Path: null or "" }) == true;
        var user = spec.Linux?.Namespaces?.Exists(one => one.Type == "user") == true;
        var uid = spec.Process?.User?.Uid ?? 0;
        if (!writable || !ownNamespace || !user)
        {
            return writable && ownNamespace && uid != 0 ? (uid, Leave) : null;
        }

        foreach (var range in spec.Linux!.UidMappings ?? [])
        {
            if (uid >= range.ContainerID && uid - range.ContainerID < range.Size)
            {
                return (range.HostID + (uid - range.ContainerID), Leave);
            }
        }

        return null;
    }
}
