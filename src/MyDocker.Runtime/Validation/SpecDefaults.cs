using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Validation;

/// <summary>What a configuration may leave out although the kernel wants it, and what it may have although the kernel lacks it.</summary>
public static class SpecDefaults
{
    /// <summary>
    /// A new user namespace without mappings has the caller as its root, and nobody else, as with crun; without it no file
    /// could be made in the container.
    /// </summary>
    public static void Fill(RuntimeSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Linux is { UidMappings: null or { Count: 0 }, GidMappings: null or { Count: 0 } } linux
            && linux.Namespaces?.Any(entry => entry.Type == "user" && string.IsNullOrEmpty(entry.Path)) == true)
        {
            linux.UidMappings = [new() { ContainerID = 0, HostID = (uint)Syscall.Invoke(Nr.geteuid), Size = 1 }];
            linux.GidMappings = [new() { ContainerID = 0, HostID = (uint)Syscall.Invoke(Nr.getegid), Size = 1 }];
        }
    }

    /// <summary>
    /// Labels of a security module that the host does not have go, with a warning, as with crun: the same bundle runs on hosts
    /// with and without. Everything else that confines the container stays.
    /// </summary>
    public static void LeaveOutLabels(RuntimeSpec spec, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(warn);
        LeaveOutLabels(spec.Process, warn);
        if (spec.Linux is { MountLabel.Length: > 0 } linux && !SecurityModules.HasSELinux)
        {
            warn($"ignoring linux.mountLabel \"{linux.MountLabel}\": this host has no SELinux, or it is off");
            linux.MountLabel = null;
        }
    }

    public static void LeaveOutLabels(ProcessSpec? process, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(warn);
        if (process is { ApparmorProfile.Length: > 0 } && !SecurityModules.HasAppArmor)
        {
            warn($"ignoring process.apparmorProfile \"{process.ApparmorProfile}\": this host has no AppArmor, or it is off");
            process.ApparmorProfile = null;
        }

        if (process is { SelinuxLabel.Length: > 0 } && !SecurityModules.HasSELinux)
        {
            warn($"ignoring process.selinuxLabel \"{process.SelinuxLabel}\": this host has no SELinux, or it is off");
            process.SelinuxLabel = null;
        }
    }
}
