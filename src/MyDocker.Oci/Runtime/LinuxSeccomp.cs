namespace MyDocker.Oci.Runtime;

/// <summary>The filter of system calls (config-linux.md, "Seccomp"). Actions are names like SCMP_ACT_ERRNO.</summary>
public sealed record LinuxSeccomp
{
    public string DefaultAction { get; set; } = "";

    /// <summary>For SCMP_ACT_ERRNO (absent: EPERM) and SCMP_ACT_TRACE.</summary>
    public uint? DefaultErrnoRet { get; set; }

    /// <summary>Names like SCMP_ARCH_X86_64; the native one is always included.</summary>
    public List<string>? Architectures { get; set; }

    /// <summary>Names like SECCOMP_FILTER_FLAG_LOG.</summary>
    public List<string>? Flags { get; set; }

    /// <summary>Unix socket that receives the descriptor for SCMP_ACT_NOTIFY.</summary>
    public string? ListenerPath { get; set; }
    public string? ListenerMetadata { get; set; }
    public List<LinuxSyscall>? Syscalls { get; set; }
}

/// <summary>One action for some system calls, where all of <see cref="Args"/> hold.</summary>
public sealed record LinuxSyscall
{
    public List<string>? Names { get; set; }
    public string Action { get; set; } = "";
    public uint? ErrnoRet { get; set; }
    public List<LinuxSeccompArg>? Args { get; set; }
}

/// <summary>
/// A comparison of argument <see cref="Index"/> (0 to 5). For SCMP_CMP_MASKED_EQ the mask is <see cref="Value"/> and
/// what the masked argument must equal is <see cref="ValueTwo"/>.
/// </summary>
public sealed record LinuxSeccompArg
{
    public uint Index { get; set; }
    public ulong Value { get; set; }
    public ulong? ValueTwo { get; set; }
    public string Op { get; set; } = "";
}
