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

    /// <summary>
    /// A detached copy of a mount that another mount namespace has. open_tree(2) copies mounts of one's own namespace only, so this
    /// thread is in the other one for the moment; nothing is opened there but the path, which is not followed if it is a link.
    /// From then on its root and working directory are its own, not those of other threads.
    /// </summary>
    public static Fd CloneFrom(Fd mountNamespace, string path)
    {
        using var own = Files.Open("/proc/self/ns/mnt", OpenFlags.O_RDONLY);
        using var root = Files.Open("/", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        using var directory = Files.Open(".", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        using var here = new Utf8Z(".", stackalloc byte[2]);
        Syscall.Check(Syscall.Invoke(Nr.unshare, (nint)CloneFlags.CLONE_FS), "unshare", "root and working directory"); // else setns(2) says EINVAL
        Syscall.Check(Syscall.Invoke(Nr.setns, mountNamespace.Number, (nint)CloneFlags.CLONE_NEWNS), "enter", "the mount namespace");
        try
        {
            return MountTree.Clone(path, followLinks: false);
        }
        finally
        {
            Syscall.Check(Syscall.Invoke(Nr.setns, own.Number, (nint)CloneFlags.CLONE_NEWNS), "return to", "the mount namespace");
            Syscall.Check(Syscall.Invoke(Nr.fchdir, root.Number), "return to", "/");
            Syscall.Check(Syscall.Invoke(Nr.chroot, here.Address), "return to", "/");
            Syscall.Check(Syscall.Invoke(Nr.fchdir, directory.Number), "return to", "the working directory");
        }
    }
}
