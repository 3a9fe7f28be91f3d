using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Syscalls;

/// <summary>Flags of open(2), asm-generic/fcntl.h. Four of them differ on arm64.</summary>
public static class OpenFlags
{
    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_TRUNC = 0x200;
    public const int O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;
    public static int O_DIRECTORY => IsArm64 ? 0x4000 : 0x10000;
    public static int O_NOFOLLOW => IsArm64 ? 0x8000 : 0x20000;
    public static int O_TMPFILE => 0x400000 | O_DIRECTORY;
}

/// <summary>Flags of the *at family, linux/fcntl.h.</summary>
public static class AtFlags
{
    public const int AT_FDCWD = -100;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_SYMLINK_FOLLOW = 0x400;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int AT_RECURSIVE = 0x8000;
}
