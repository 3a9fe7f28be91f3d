using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.RuntimeCli.Starter;

/// <summary>The configuration that <c>spec</c> writes: what runc's writes, for a shell in a terminal.</summary>
internal static class StarterSpec
{
    private static List<string> Capabilities => ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

    /// <param name="rootless">for a user without root: a user namespace with this one user in it, and no limits.</param>
    public static RuntimeSpec Create(bool rootless) => new()
    {
        OciVersion = RuntimeSpec.CurrentVersion,
        Process = new ProcessSpec
        {
            Terminal = true,
            Args = ["sh"],
            Env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            Cwd = "/",
            Capabilities = new LinuxCapabilities { Bounding = Capabilities, Effective = Capabilities, Permitted = Capabilities },
            Rlimits = [new Rlimit { Type = "RLIMIT_NOFILE", Hard = 1024, Soft = 1024 }],
            NoNewPrivileges = true,
        },
        Root = new RootSpec { Path = "rootfs", Readonly = true },
        Hostname = "mydocker",
        Mounts = [.. Mounts(rootless)],
        Linux = new LinuxSpec
        {
            UidMappings = rootless ? [Mapping(Nr.geteuid)] : null,
            GidMappings = rootless ? [Mapping(Nr.getegid)] : null,
            Resources = rootless ? null : new LinuxResources { Devices = [new LinuxDeviceCgroup { Allow = false, Access = "rwm" }] },
            Namespaces = [.. Namespaces(rootless).Select(type => new LinuxNamespace { Type = type })],
            MaskedPaths =
            [
                "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
                "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
            ],
            ReadonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    };

    private static IEnumerable<MountSpec> Mounts(bool rootless) =>
    [
        Mount("/proc", "proc", "proc"),
        Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
        Mount("/dev/pts", "devpts", "devpts", [.. (string[])["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"], .. rootless ? (string[])[] : ["gid=5"]]),
        Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
        Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        rootless ? Mount("/sys", "none", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro") : Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
        Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ];

    private static MountSpec Mount(string destination, string type, string source, params string[] options)
        => new() { Destination = destination, Type = type, Source = source, Options = options.Length > 0 ? [.. options] : null };

    private static IEnumerable<string> Namespaces(bool rootless)
    {
        var unified = CgroupLayout.Host.Mode == CgroupMode.V2;
        return [.. (string[])["pid"], .. rootless ? (string[])[] : ["network"], "ipc", "uts", "mount", .. unified ? (string[])["cgroup"] : [], .. rootless ? (string[])["user"] : []];
    }

    /// <summary>This user is root in the container.</summary>
    private static LinuxIDMapping Mapping(int call) => new() { ContainerID = 0, HostID = (uint)Syscall.Invoke(call), Size = 1 };
}
