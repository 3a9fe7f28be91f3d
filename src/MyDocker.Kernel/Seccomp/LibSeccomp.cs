using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Seccomp;

/// <summary>libseccomp (seccomp.h), the calls in use. The library is loaded by the first of them, not before.</summary>
internal static unsafe partial class LibSeccomp
{
    public const string FileName = "libseccomp.so.2";

    /// <summary>enum scmp_filter_attr: 2 turns the list of system calls into a binary tree (2.5.0).</summary>
    public const int SCMP_FLTATR_CTL_OPTIMIZE = 8;

    /// <summary>What resolving an unknown name returns. Other negative numbers are calls of another architecture.</summary>
    public const int __NR_SCMP_ERROR = -1;

    /// <summary>struct scmp_version*: major, minor, micro.</summary>
    [LibraryImport(FileName)]
    public static partial uint* seccomp_version();

    [LibraryImport(FileName)]
    public static partial nint seccomp_init(uint defaultAction);

    [LibraryImport(FileName)]
    public static partial void seccomp_release(nint context);

    [LibraryImport(FileName)]
    public static partial uint seccomp_arch_native();

    [LibraryImport(FileName)]
    public static partial int seccomp_arch_exist(nint context, uint architecture);

    [LibraryImport(FileName)]
    public static partial int seccomp_arch_add(nint context, uint architecture);

    [LibraryImport(FileName)]
    public static partial int seccomp_attr_set(nint context, int attribute, uint value);

    [LibraryImport(FileName)]
    public static partial int seccomp_syscall_resolve_name_arch(uint architecture, nint name);

    [LibraryImport(FileName)]
    public static partial int seccomp_rule_add_array(nint context, uint action, int syscall, uint count, Comparison* comparisons);

    [LibraryImport(FileName)]
    public static partial int seccomp_export_bpf(nint context, int fd);

    /// <summary>Number of a system call on an architecture, or a negative one (see <see cref="__NR_SCMP_ERROR"/>).</summary>
    public static int NumberOf(string name, uint architecture)
    {
        using var text = new Utf8Z(name, stackalloc byte[Utf8Z.Inline]);
        return seccomp_syscall_resolve_name_arch(architecture, text.Address);
    }

    /// <summary>struct scmp_arg_cmp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Comparison
    {
        public uint Argument;
        public int Operator;
        public ulong First;
        public ulong Second;
    }
}
