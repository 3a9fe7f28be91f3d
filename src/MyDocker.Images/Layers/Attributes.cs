using MyDocker.Images.Archives;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Layers;

/// <summary>Reads and writes the extended attributes of files in layers, and says which of them an image may bring along.</summary>
internal static unsafe class Attributes
{
    private const int MaxList = 65536;  // XATTR_LIST_MAX
    private const int MaxValue = 65536; // XATTR_SIZE_MAX

    /// <summary>
    /// Whether an image's attribute is applied. overlayfs' own (redirect, metacopy, opaque) are not the image's to set:
    /// they would make the union show other files than the layers hold. Security labels belong to the host's policy.
    /// </summary>
    public static bool IsWanted(string name)
        => name == "security.capability"
            || (name.StartsWith("user.", StringComparison.Ordinal) && !name.StartsWith("user.overlay.", StringComparison.Ordinal))
            || (name.StartsWith("trusted.", StringComparison.Ordinal) && !name.StartsWith("trusted.overlay.", StringComparison.Ordinal));

    /// <summary>Sets an attribute of what a descriptor, O_PATH included, refers to; a link itself, not its target.</summary>
    public static Errno TrySet(Fd fd, string name, ReadOnlySpan<byte> value)
    {
        using var path = new Utf8Z(fd.ProcPath, stackalloc byte[Utf8Z.Inline]);
        using var key = new Utf8Z(name, stackalloc byte[Utf8Z.Inline]);
        fixed (byte* start = value)
        {
            return Syscall.ErrnoOf(Syscall.Invoke(Nr.setxattr, path.Address, key.Address, (nint)start, value.Length, 0));
        }
    }

    /// <summary>
    /// Makes a directory of a layer hide what lower layers have in it. Each kind of overlay mount reads only its own
    /// marker: trusted.* a mount of the host's root, user.* one made inside a user namespace (userxattr, Linux 5.11).
    /// </summary>
    public static Errno TrySetOpaque(Fd directory)
    {
        var errno = TrySet(directory, "trusted.overlay.opaque", "y"u8);
        return errno == Errno.None ? TrySet(directory, "user.overlay.opaque", "y"u8) : errno;
    }

    /// <summary>Whether a directory of a layer hides what lower layers have in it.</summary>
    public static bool IsOpaque(Fd directory)
        => TryGet(directory, "trusted.overlay.opaque") is [(byte)'y', ..] || TryGet(directory, "user.overlay.opaque") is [(byte)'y', ..];

    /// <summary>The attributes of what a descriptor, O_PATH included, refers to, those not wanted left out; by name.</summary>
    public static Errno TryRead(Fd fd, out List<ExtendedAttribute> attributes)
    {
        attributes = [];
        using var path = new Utf8Z(fd.ProcPath, stackalloc byte[Utf8Z.Inline]);
        var size = Syscall.Invoke(ListXattr, path.Address, 0, 0);
        if (size <= 0)
        {
            return Syscall.ErrnoOf(size) is Errno.EOPNOTSUPP ? Errno.None : Syscall.ErrnoOf(size);
        }

        var list = new byte[MaxList];
        fixed (byte* start = list)
        {
            size = Syscall.Invoke(ListXattr, path.Address, (nint)start, list.Length);
        }

        if (size < 0)
        {
            return Syscall.ErrnoOf(size);
        }

        foreach (var name in System.Text.Encoding.UTF8.GetString(list, 0, (int)size).Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))
        {
            if (IsWanted(name) && TryGet(fd, name) is { } value)
            {
                attributes.Add(new ExtendedAttribute(name, value));
            }
        }

        return Errno.None;
    }

    // listxattr(2) is not in Nr yet: x86-64 194, arm64 11 (asm/unistd.h). The l-form would list the link in /proc itself.
    private static int ListXattr => Nr.llistxattr - 1;

    private static byte[]? TryGet(Fd fd, string name)
    {
        using var path = new Utf8Z(fd.ProcPath, stackalloc byte[Utf8Z.Inline]);
        using var key = new Utf8Z(name, stackalloc byte[Utf8Z.Inline]);
        var value = new byte[MaxValue];
        fixed (byte* start = value)
        {
            var size = Syscall.Invoke(Nr.getxattr, path.Address, key.Address, (nint)start, value.Length);
            return size < 0 ? null : value[..(int)size];
        }
    }
}
