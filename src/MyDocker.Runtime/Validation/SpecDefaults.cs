using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Validation;

/// <summary>What a configuration may leave out although the kernel wants it.</summary>
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
}
