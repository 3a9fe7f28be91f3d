using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Seccomp;

/// <summary>
/// Verdicts of a filter (linux/seccomp.h, SECCOMP_RET_*); libseccomp's SCMP_ACT_* have the same values.
/// The low 16 bits are data: the errno of ERRNO (libseccomp takes 0 to 4094), the event message of TRACE.
/// </summary>
public static class SeccompAction
{
    public const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    public const uint SECCOMP_RET_KILL_THREAD = 0;
    public const uint SECCOMP_RET_TRAP = 0x00030000;
    public const uint SECCOMP_RET_ERRNO = 0x00050000;
    public const uint SECCOMP_RET_USER_NOTIF = 0x7fc00000;
    public const uint SECCOMP_RET_TRACE = 0x7ff00000;
    public const uint SECCOMP_RET_LOG = 0x7ffc0000;
    public const uint SECCOMP_RET_ALLOW = 0x7fff0000;

    /// <summary>The action without its data.</summary>
    public const uint SECCOMP_RET_ACTION_FULL = 0xffff0000;
    public const uint SECCOMP_RET_DATA = 0x0000ffff;
}

/// <summary>Operation and flags of seccomp(2).</summary>
public static class SeccompCall
{
    public const int SECCOMP_SET_MODE_FILTER = 1;

    public const uint SECCOMP_FILTER_FLAG_TSYNC = 1;
    public const uint SECCOMP_FILTER_FLAG_LOG = 1 << 1;
    public const uint SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1 << 2;
    public const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3;
    public const uint SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 1 << 4;
    public const uint SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 1 << 5;

    /// <summary>Whether this kernel knows a flag: it looks at the flags before the program, which is missing here (EFAULT).</summary>
    public static bool Supports(uint flag)
        => Syscalls.Syscall.ErrnoOf(Syscalls.Syscall.Invoke(Syscalls.Nr.seccomp, SECCOMP_SET_MODE_FILTER, (nint)flag)) == Syscalls.Errno.EFAULT;
}

/// <summary>
/// Architectures as libseccomp numbers them: AUDIT_ARCH_* of linux/audit.h, and one of its own for x32, which the
/// kernel reports as x86-64 with bit 30 in the number of the system call.
/// </summary>
public static class SeccompArchitecture
{
    private const uint Le = 0x40000000, Bits64 = 0x80000000, N32 = 0x20000000;

    public const uint X86 = 3 | Le;
    public const uint X86_64 = 62 | Bits64 | Le;
    public const uint X32 = 62 | Le;
    public const uint Arm = 40 | Le;
    public const uint Aarch64 = 183 | Bits64 | Le;
    public const uint Mips = 8;
    public const uint Mips64 = 8 | Bits64;
    public const uint Mips64N32 = 8 | Bits64 | N32;
    public const uint Mipsel = 8 | Le;
    public const uint Mipsel64 = 8 | Bits64 | Le;
    public const uint Mipsel64N32 = 8 | Bits64 | Le | N32;
    public const uint Ppc = 20;
    public const uint Ppc64 = 21 | Bits64;
    public const uint Ppc64Le = 21 | Bits64 | Le;
    public const uint S390 = 22;
    public const uint S390X = 22 | Bits64;
    public const uint Parisc = 15;
    public const uint Parisc64 = 15 | Bits64;
    public const uint Riscv64 = 243 | Bits64 | Le;
    public const uint LoongArch64 = 258 | Bits64 | Le;
    public const uint M68K = 4;

    /// <summary>Little endian SuperH; the big endian one is <see cref="SuperHBig"/>.</summary>
    public const uint SuperH = 42 | Le;
    public const uint SuperHBig = 42;

    /// <summary>The architecture of this program.</summary>
    public static uint Native => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Aarch64 : X86_64;
}

/// <summary>How an argument is compared, enum scmp_compare.</summary>
public enum SeccompOperator
{
    NotEqual = 1,
    Less = 2,
    LessOrEqual = 3,
    Equal = 4,
    GreaterOrEqual = 5,
    Greater = 6,

    /// <summary>(argument &amp; Value) == ValueTwo.</summary>
    MaskedEqual = 7,
}
