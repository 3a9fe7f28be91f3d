using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>user_namespaces(7).</summary>
public static class UserNamespaces
{
    private const ulong FirstInode = 0xEFFFFFFD; // PROC_USER_INIT_INO of the kernel

    /// <summary>This process is in the user namespace that the host was born with, or procfs does not tell.</summary>
    public static bool IsInitial => Files.TryStat("/proc/self/ns/user", out var stat) != Errno.None || stat.Inode == FirstInode;
}
