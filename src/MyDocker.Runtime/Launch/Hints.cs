using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Launch;

/// <summary>What to do about an errno, where we know: keyed by what was being done.</summary>
internal static class Hints
{
    public static string? For(string operation, string target, Errno errno) => errno switch
    {
        Errno.EINVAL when operation.StartsWith("map owners", StringComparison.Ordinal)
            => "the file system under it cannot map owners (idmapped mounts); use --userns=host, or a data root on ext4, xfs, btrfs or tmpfs",
        Errno.EPERM when operation.StartsWith("map owners", StringComparison.Ordinal)
            => "an idmapped mount cannot be mapped again, and older kernels map none of this file system; use --userns=host",
        Errno.EPERM or Errno.EACCES when target.StartsWith("proc on", StringComparison.Ordinal) || target.StartsWith("sysfs on", StringComparison.Ordinal)
            => "inside another container its masked /proc or /sys hides parts of the real one, and the kernel refuses a new mount; use --userns=host",
        Errno.EPERM when operation is "raise" or "set" && target.StartsWith("RLIMIT", StringComparison.Ordinal)
            => "raising a limit above the host's own needs CAP_SYS_RESOURCE; give a lower one",
        Errno.EPERM when operation is "set scheduling policy" => "a real-time or deadline policy needs CAP_SYS_NICE on the host, and a deadline one all of its CPUs: such a process scheduler can't be used together with AllowedCPUs (linux.resources.cpu.cpus)",
        Errno.EPERM when operation is "set capabilities" => "the runtime cannot give a capability that it has not itself",
        Errno.EINVAL when operation is "set user" or "set group" => "the id has no place in the user namespace; see linux.uidMappings and linux.gidMappings",
        Errno.EINVAL when operation.StartsWith("join user namespace", StringComparison.Ordinal) => "it is the runtime's own",
        Errno.ENOENT when operation.StartsWith("set AppArmor profile", StringComparison.Ordinal) => "the profile is not loaded; see apparmor_parser(8)",
        Errno.ENOSPC when operation == "clone3" => "a limit of namespaces is reached; see /proc/sys/user/max_*_namespaces",
        Errno.ENODEV when operation.StartsWith("mount", StringComparison.Ordinal) => "this kernel has no such file system; see /proc/filesystems",
        Errno.ELOOP or Errno.ENOTDIR when operation == "open mount point" && target is "/proc" or "/sys" => $"the file system of {target} must be mounted on ordinary directory, and the image has something else there",
        Errno.ELOOP => "the image has a symbolic link where the engine must mount",
        Errno.ENOSPC => "the disk or the quota is full",
        _ => null,
    };
}
