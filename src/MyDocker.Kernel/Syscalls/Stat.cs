using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Syscalls;

/// <summary>struct statx (statx(2)), the fields that are in use; the layout is the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
public struct Stat
{
    [FieldOffset(0)] public uint Mask;
    [FieldOffset(4)] public uint BlockSize;
    [FieldOffset(16)] public uint Links;
    [FieldOffset(20)] public uint Uid;
    [FieldOffset(24)] public uint Gid;
    [FieldOffset(28)] public ushort Mode;
    [FieldOffset(32)] public ulong Inode;
    [FieldOffset(40)] public ulong Size;
    [FieldOffset(48)] public ulong Blocks;
    [FieldOffset(112)] public long ModifiedSeconds;
    [FieldOffset(120)] public uint ModifiedNanoseconds;
    [FieldOffset(128)] public uint DeviceNodeMajor;
    [FieldOffset(132)] public uint DeviceNodeMinor;
    [FieldOffset(136)] public uint FileSystemMajor;
    [FieldOffset(140)] public uint FileSystemMinor;
    [FieldOffset(144)] public ulong MountId;

    public const uint BasicStats = 0x7ff;
    public const uint MountIdMask = 0x1000;

    public const int S_IFMT = 0xF000;
    public const int S_IFSOCK = 0xC000;
    public const int S_IFLNK = 0xA000;
    public const int S_IFREG = 0x8000;
    public const int S_IFBLK = 0x6000;
    public const int S_IFDIR = 0x4000;
    public const int S_IFCHR = 0x2000;
    public const int S_IFIFO = 0x1000;

    public readonly bool IsDirectory => (Mode & S_IFMT) == S_IFDIR;
    public readonly bool IsRegular => (Mode & S_IFMT) == S_IFREG;
    public readonly bool IsSymlink => (Mode & S_IFMT) == S_IFLNK;
    public readonly bool IsCharDevice => (Mode & S_IFMT) == S_IFCHR;

    public readonly bool IsSameFileAs(in Stat other) => (Inode, FileSystemMajor, FileSystemMinor) == (other.Inode, other.FileSystemMajor, other.FileSystemMinor);

    /// <summary>The permission bits, set-id and sticky bits included (0–07777).</summary>
    public readonly int Permissions => Mode & 0xFFF;
}
