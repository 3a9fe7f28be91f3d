using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Mounts;

/// <summary>mount_namespaces(7).</summary>
public static class MountNamespace
{
    /// <summary>
    /// This thread gets one of its own, for good: what it mounts nobody else sees, and it is gone with the thread. Other threads of
    /// the process stay where they are and reach it by descriptors.
    /// </summary>
    public static void Unshare()
    {
        Syscall.Check(Syscall.Invoke(Nr.unshare, (nint)CloneFlags.CLONE_NEWNS), "unshare", "the mount namespace");
        using var top = new Utf8Z("/", stackalloc byte[2]);
        using var empty = new Utf8Z("", stackalloc byte[1]);
        Syscall.Check(Syscall.Invoke(Nr.mount, empty.Address, top.Address, 0, MountFlags.MS_REC | MountFlags.MS_SLAVE, 0), "make mounts receive only:", "/");
    }
}
