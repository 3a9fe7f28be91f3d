using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Seccomp;

/// <summary>
/// A compiled filter: classic BPF as seccomp(2) takes it.
/// Load it with seccomp(SECCOMP_SET_MODE_FILTER, <see cref="Flags"/>, <see cref="SockFprog"/>*).
/// </summary>
public sealed class SeccompFilter
{
    /// <summary>Bytes of one instruction, struct sock_filter.</summary>
    public const int InstructionSize = 8;

    /// <summary>BPF_MAXINSNS of linux/bpf_common.h.</summary>
    public const int MaxInstructions = 4096;

    /// <param name="program">whole instructions, at least one.</param>
    /// <param name="flags">SECCOMP_FILTER_FLAG_* for the call.</param>
    public SeccompFilter(byte[] program, uint flags)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (program.Length == 0 || program.Length % InstructionSize != 0)
        {
            throw new SeccompException($"load seccomp filter: {program.Length} bytes are no whole number of instructions");
        }

        if (program.Length / InstructionSize > MaxInstructions)
        {
            throw new SeccompException(
                $"load seccomp filter: {program.Length / InstructionSize} instructions, the kernel takes {MaxInstructions}; use fewer rules");
        }

        Program = program;
        Flags = flags;
    }

    public byte[] Program { get; }
    public uint Flags { get; }

    /// <summary>Number of instructions, for <see cref="SockFprog.Length"/>.</summary>
    public ushort Length => (ushort)(Program.Length / InstructionSize);

    /// <summary>The call returns a notification descriptor (SECCOMP_RET_USER_NOTIF is used).</summary>
    public bool HasListener => (Flags & SeccompCall.SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
}

/// <summary>struct sock_fprog of linux/filter.h: the third argument of seccomp(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockFprog
{
    /// <summary>Instructions, not bytes.</summary>
    public ushort Length;

    /// <summary>Address of the first instruction.</summary>
    public nint Filter;
}
