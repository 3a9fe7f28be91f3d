using System.Globalization;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>What is mounted in every container, and the user's own mounts after it.</summary>
public static class DefaultMounts
{
    private const long DefaultShmSize = 64 << 20;

    /// <summary>Paths of /proc and /sys that tell or change what is the host's: docker's list.</summary>
    public static List<string> MaskedPaths =>
    [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ];

    public static List<string> ReadonlyPaths => ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public static List<MountSpec> For(ContainerRecord record, bool ownUsers)
    {
        var options = record.Options;
        var readOnly = options.Privileged ? "rw" : "ro";
        var shm = (options.ShmSize ?? DefaultShmSize).ToString(CultureInfo.InvariantCulture);
        List<MountSpec> mounts =
        [
            // First: the parent makes it (MountOrder).
            new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
            new() { Destination = "/proc", Type = "proc", Source = "proc", Options = ["nosuid", "noexec", "nodev"] },
            new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
            SharedMemory(options, shm),
            new() { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
            Sys(options, ownUsers, readOnly),
            new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = [readOnly, "nosuid", "noexec", "nodev"] },
        ];
        if (ownUsers)
        {
            mounts.AddRange(DeviceSelection.Mounts(options));
        }

        if (record.InitProgram is { } init)
        {
            mounts.Add(InitProgram.Mount(init));
        }

        foreach (var mount in options.Mounts)
        {
            // As in docker a mount of the user's takes the place of ours, and of what ours had below it.
            mounts.RemoveAll(ours => ours.Destination == mount.Destination || ours.Destination.StartsWith($"{mount.Destination}/", StringComparison.Ordinal));
            mounts.Add(UserMounts.ToSpec(mount, ownUsers));
        }

        return mounts;
    }

    /// <summary>POSIX shared memory is files of /dev/shm: who shares the IPC namespace shares them, too.</summary>
    private static MountSpec SharedMemory(RunOptions options, string size)
        => options.IpcMode is null
            ? new() { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "noexec", "nodev", "mode=1777", $"size={size}"] }
            : new() { Destination = "/dev/shm", Type = "bind", Source = options.IpcMode == NamespaceOption.Host ? "/dev/shm" : JoinedNamespaces.SharedMemory, Options = ["bind", "nosuid", "noexec", "nodev"] };

    /// <summary>
    /// sysfs shows the network devices of one network namespace; mounting it takes rights over that one. With the host's network
    /// and users of its own a container gets the host's, read-only.
    /// </summary>
    private static MountSpec Sys(RunOptions options, bool ownUsers, string readOnly)
        => options.Network == "host" && ownUsers
            ? new() { Destination = "/sys", Type = "bind", Source = "/sys", Options = ["rbind", "nosuid", "noexec", "nodev", "ro", "rro"] }
            : new() { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", readOnly] };
}
