using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>
/// Things that only one container may have: a symbolic link whose target is the owner's id. It comes into being whole or not
/// at all, and who gives it back can see whether it is his.
/// </summary>
internal static unsafe class Claims
{
    /// <summary>As the journal writes it down.</summary>
    public static string NameOf(string path, string owner) => $"{path} {owner}";

    /// <summary>null if it is ours now, or else the id of its owner.</summary>
    public static string? TryTake(string path, string owner)
    {
        using var target = new Utf8Z(owner, stackalloc byte[Utf8Z.Inline]);
        using var link = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var errno = Syscall.ErrnoOf(Syscall.Invoke(Nr.symlinkat, target.Address, AtFlags.AT_FDCWD, link.Address));
            if (errno == Errno.None)
            {
                return null;
            }

            if (errno != Errno.EEXIST)
            {
                throw new KernelException("claim", path, errno);
            }

            if (OwnerOf(path) is { } other)
            {
                return other; // else it was given back in between
            }
        }

        throw new KernelException("claim", path, Errno.EBUSY);
    }

    public static string? OwnerOf(string path)
    {
        const int Longest = 128;
        using var link = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var buffer = stackalloc byte[Longest];
        var length = Syscall.Invoke(Nr.readlinkat, AtFlags.AT_FDCWD, link.Address, (nint)buffer, Longest);
        return length > 0 ? Encoding.ASCII.GetString(buffer, (int)length) : null;
    }

    /// <summary>Gives a claim back if it is the owner's; <see cref="NameOf"/> tells which and whose.</summary>
    public static string? Release(string name)
    {
        var space = name.LastIndexOf(' ');
        var path = name[..space];
        if (OwnerOf(path) != name[(space + 1)..])
        {
            return null;
        }

        var errno = Files.TryUnlink(path);
        return errno is Errno.None or Errno.ENOENT ? null : $"remove {path}: {errno.Describe()}";
    }
}
