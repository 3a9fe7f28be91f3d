using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>struct rlimit64 of prlimit(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ResourceLimit
{
    public ulong Soft;
    public ulong Hard;
}

/// <summary>Names and numbers of the limits of getrlimit(2), asm-generic/resource.h.</summary>
public static unsafe class ResourceLimits
{
    private static readonly string[] s_names =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME",
    ];

    /// <summary>All names, in the order of their numbers.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>-1 for an unknown name.</summary>
    public static int NumberOf(string? name) => Array.IndexOf(s_names, name);

    public static ResourceLimit Of(int pid, int number)
    {
        ResourceLimit present;
        Syscall.Check(Syscall.Invoke(Nr.prlimit64, pid, number, 0, (nint)(&present)), "read", s_names[number]);
        return present;
    }

    /// <summary>EPERM: the hard limit would rise, and we have no CAP_SYS_RESOURCE over the process.</summary>
    public static Errno TrySet(int pid, int number, ResourceLimit limit)
        => Syscall.ErrnoOf(Syscall.Invoke(Nr.prlimit64, pid, number, (nint)(&limit), 0));
}
