using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>Namespaces as files (namespaces(7), ioctl_ns(2)).</summary>
public static class Namespaces
{
    private const int NS_GET_NSTYPE = 0xb703; // 4.11

    /// <summary>The CLONE_NEW* flag of an open namespace; 0 if the file is none.</summary>
    public static ulong TypeOf(Fd file) => Syscall.Invoke(Nr.ioctl, file.Number, NS_GET_NSTYPE) is var type and > 0 ? (ulong)type : 0;

    /// <summary>Whether a namespace belongs to a user namespace, itself; null where it is not there.</summary>
    public static bool? IsOwnedBy(string path, string user)
    {
        const int NS_GET_USERNS = 0xb701; // 4.9; EPERM: it is outside of the caller's
        if (Files.TryOpen(path, OpenFlags.O_RDONLY, out var file) != Errno.None)
        {
            return null;
        }

        using (file)
        {
            var result = Syscall.Invoke(Nr.ioctl, file!.Number, NS_GET_USERNS);
            using var owner = result < 0 ? null : new Fd((int)result);
            return owner is not null && AreSame(owner.ProcPath, user);
        }
    }

    /// <summary>Whether two paths are one namespace; false where one of them is not there.</summary>
    public static bool AreSame(string path, string other)
        => Files.TryStat(path, out var first) == Errno.None && Files.TryStat(other, out var second) == Errno.None
            && (first.FileSystemMajor, first.FileSystemMinor, first.Inode) == (second.FileSystemMajor, second.FileSystemMinor, second.Inode);
}
