using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Validation;

/// <summary>Which security modules the host's kernel has switched on.</summary>
public static class SecurityModules
{
    public static bool HasAppArmor => Files.TryReadText("/sys/module/apparmor/parameters/enabled", out _)?.StartsWith('Y') == true;

    /// <summary>selinuxfs is mounted; without a loaded policy nobody mounts it.</summary>
    public static bool HasSELinux => Files.Exists("/sys/fs/selinux/enforce");
}
