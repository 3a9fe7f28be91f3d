using System.Runtime.InteropServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Capabilities;

/// <summary>Names and numbers of capabilities(7), linux/capability.h (up to CAP_CHECKPOINT_RESTORE, 5.9).</summary>
public static class Capability
{
    private static readonly string[] s_names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
        "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
        "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>All names, in the order of their numbers.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Number of a name such as "CAP_NET_RAW"; -1 for an unknown one.</summary>
    public static int NumberOf(string name) => Array.IndexOf(s_names, name);

    /// <summary>Whether this process may still hand the capability on (PR_CAPBSET_READ); false for one that the kernel does not know.</summary>
    public static bool IsInBoundingSet(string name) => Syscall.Invoke(Nr.prctl, Prctl.PR_CAPBSET_READ, NumberOf(name)) == 1;

    /// <summary>Bit set of names; an unknown name is reported to <paramref name="unknown"/> and left out.</summary>
    public static ulong SetOf(IEnumerable<string>? names, Action<string>? unknown = null)
    {
        var set = 0UL;
        foreach (var name in names ?? [])
        {
            var number = NumberOf(name);
            if (number < 0)
            {
                unknown?.Invoke(name);
            }
            else
            {
                set |= 1UL << number;
            }
        }

        return set;
    }
}

/// <summary>struct __user_cap_header_struct of capset(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CapabilityHeader
{
    public const uint Version3 = 0x20080522;

    public uint Version;
    public int Pid;
}

/// <summary>The two struct __user_cap_data_struct of capset(2), version 3: low and high 32 bits of each set.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CapabilityData
{
    public uint EffectiveLow;
    public uint PermittedLow;
    public uint InheritableLow;
    public uint EffectiveHigh;
    public uint PermittedHigh;
    public uint InheritableHigh;

    public CapabilityData(ulong effective, ulong permitted, ulong inheritable)
    {
        EffectiveLow = (uint)effective;
        PermittedLow = (uint)permitted;
        InheritableLow = (uint)inheritable;
        EffectiveHigh = (uint)(effective >> 32);
        PermittedHigh = (uint)(permitted >> 32);
        InheritableHigh = (uint)(inheritable >> 32);
    }
}
