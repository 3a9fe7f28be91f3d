using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Info;

/// <summary>System calls, namespaces and file systems. A call is probed with arguments that cannot succeed: only ENOSYS means that it is missing.</summary>
internal static class KernelProbes
{
    private const string Area = "kernel";

    public static IEnumerable<HostFeature> Probe(KernelVersion kernel, string dataFileSystem, string dataRoot)
    {
        yield return Call("clone3", "5.3", Syscall.Invoke(Nr.clone3, 0, 0), "containers cannot be started");
        yield return Call("openat2", "5.6", Syscall.Invoke(Nr.openat2, -1, 0, 0, 0), "paths inside containers cannot be opened safely; nothing runs");
        yield return Call("pidfd_open", "5.3", Syscall.Invoke(Nr.pidfd_open, -1, 0), "containers cannot be waited for and killed reliably");
        yield return Call("mount API (fsopen)", "5.2", Syscall.Invoke(Nr.fsopen, 0, 0), "root file systems cannot be mounted");
        yield return Call("mount_setattr", "5.12", Syscall.Invoke(Nr.mount_setattr, -1, 0, 0, 0, 0), "id-mapped and recursively read-only mounts do not work");
        yield return Namespaces();
        yield return UserNamespaces();
        yield return IdMaps(kernel, dataFileSystem, dataRoot);
        yield return Overlay(kernel, dataFileSystem, dataRoot);
    }

    private static HostFeature Call(string name, string since, nint result, string without) => Syscall.ErrnoOf(result) switch
    {
        Errno.ENOSYS => new(Area, name, FeatureState.No, "not in this kernel, or hidden by a seccomp filter", without, $"use Linux {since} or later; inside another container, allow the call in its seccomp profile"),
        _ => new(Area, name, FeatureState.Yes, $"since Linux {since}"),
    };

    private static HostFeature Namespaces()
    {
        string[] needed = ["mnt", "pid", "uts", "ipc", "net", "cgroup"];
        var missing = needed.Where(n => !Files.Exists($"/proc/self/ns/{n}")).ToArray();
        return missing.Length == 0
            ? new(Area, "namespaces", FeatureState.Yes, string.Join(" ", needed))
            : new(Area, "namespaces", FeatureState.No, $"missing: {string.Join(" ", missing)}", "containers cannot be isolated", "use a kernel with CONFIG_NAMESPACES and its sub-options");
    }

    private static HostFeature UserNamespaces()
    {
        const string Name = "user namespaces";
        const string Without = "root in a container would be root of the host; only run --userns=host works";
        if (!Files.Exists("/proc/self/ns/user"))
        {
            return new(Area, Name, FeatureState.No, "not in this kernel", Without, "use a kernel with CONFIG_USER_NS");
        }

        var text = Files.TryReadText("/proc/sys/user/max_user_namespaces", out _)?.Trim();
        return text == "0"
            ? new(Area, Name, FeatureState.No, "user.max_user_namespaces is 0", Without, "sysctl -w user.max_user_namespaces=15000, and the same in /etc/sysctl.d to keep it")
            : new(Area, Name, FeatureState.Yes, text is null ? "no limit" : $"at most {text}");
    }

    private static HostFeature IdMaps(KernelVersion kernel, string fileSystem, string dataRoot)
    {
        const string Name = "id-mapped mounts";
        const string Without = "containers cannot share an image's files under ids of their own without a copy";
        if (!kernel.IsAtLeast(5, 19))
        {
            return new(Area, Name, FeatureState.No, kernel.IsAtLeast(5, 12) ? "this kernel has them, but not for layers of overlayfs" : "not in this kernel", Without, "use Linux 5.19 or later, or run --userns=host");
        }

        // By the table of file systems, not by trying: a real try needs a user namespace, and so a process, to map by.
        return FileSystems.TakesIdMaps(fileSystem, kernel) switch
        {
            true => new(Area, Name, FeatureState.Yes, $"Linux {kernel.Major}.{kernel.Minor} has them on {fileSystem} (told by version and file system)"),
            false => new(Area, Name, FeatureState.No, $"not on {fileSystem}, where {dataRoot} is", Without, "put the data root on ext4, xfs or btrfs with --root"),
            null => new(Area, Name, FeatureState.Unknown, $"{fileSystem}, where {dataRoot} is, may have them", Without, "try a container; if it fails, put the data root on ext4, xfs or btrfs with --root"),
        };
    }

    private static HostFeature Overlay(KernelVersion kernel, string fileSystem, string dataRoot)
    {
        const string Name = "overlayfs";
        var state = Modules.Find("overlay", "CONFIG_OVERLAY_FS", inFileSystems: "overlay");
        if (state == FeatureState.No)
        {
            return new(Area, Name, state, "not in this kernel", "each container copies its image (storage driver vfs)", "modprobe overlay, or use a kernel with CONFIG_OVERLAY_FS");
        }

        return fileSystem is "overlay" or "nfs" or "vfat"
            ? new(Area, Name, FeatureState.No, $"the data root {dataRoot} is on {fileSystem}, which cannot hold a writable layer", "each container copies its image (storage driver vfs)", "put the data root on ext4, xfs, btrfs or tmpfs with --root (in a container: a volume)")
            : new(Area, Name, state, $"writable layers on {fileSystem}; userxattr {(kernel.IsAtLeast(5, 11) ? "yes" : "no, needs 5.11")}");
    }
}
