using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Info;

/// <summary>Which file system a directory is on, and what it can do.</summary>
internal static unsafe class FileSystems
{
    // Magic numbers of linux/magic.h, and since which kernel the file system takes id-mapped mounts (FS_ALLOW_IDMAP).
    private static readonly (long Magic, string Name, int Major, int Minor)[] s_known =
    [
        (0xEF53, "ext4", 5, 12), (0x58465342, "xfs", 5, 12), (0x9123683E, "btrfs", 5, 15), (0xF2F52010, "f2fs", 5, 18),
        (0x01021994, "tmpfs", 6, 3), (0x794C7630, "overlay", 0, 0), (0x73717368, "squashfs", 6, 2), (0xE0F5E1E2, "erofs", 5, 19),
        (0x4D44, "vfat", 5, 12), (0x7366746E, "ntfs3", 5, 15), (0x6969, "nfs", 0, 0), (0x65735546, "fuse", 0, 0),
        (0x2FC12FC1, "zfs", 0, 0), (0x00C36400, "ceph", 6, 7), (0x01021997, "9p", 0, 0), (0xCA451A4E, "bcachefs", 6, 7),
    ];

    /// <summary>Name of the file system at a path, or at the nearest parent that exists.</summary>
    public static string NameOf(string path)
    {
        var magic = MagicOf(path);
        foreach (var known in s_known)
        {
            if (known.Magic == magic)
            {
                return known.Name;
            }
        }

        return magic == 0 ? "unknown" : $"unknown (0x{magic:x})";
    }

    /// <summary>Whether mounts of it can be id-mapped; null where it cannot be told by name.</summary>
    public static bool? TakesIdMaps(string name, KernelVersion kernel)
    {
        foreach (var known in s_known)
        {
            if (known.Name == name)
            {
                return name == "zfs" ? null : known.Major > 0 && kernel.IsAtLeast(known.Major, known.Minor);
            }
        }

        return null;
    }

    private static long MagicOf(string path)
    {
        for (; ; path = path[..Math.Max(0, path.LastIndexOf('/'))])
        {
            if (TryMagic(path.Length == 0 ? "/" : path, out var magic) || path.Length == 0)
            {
                return magic;
            }
        }
    }

    private static bool TryMagic(string path, out long magic)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        var buffer = stackalloc long[16]; // struct statfs: f_type first
        var found = Syscall.Retry(Nr.statfs, name.Address, (nint)buffer) >= 0;
        magic = found ? buffer[0] & 0xFFFFFFFF : 0;
        return found;
    }
}
