using System.Buffers.Binary;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Seccomp;

/// <summary>
/// Instructions to put before a filter that answer ENOSYS for system calls younger than the profile.
/// (See <see cref="SeccompDescription.NewerIsNosys"/>.) All jumps are relative, so prepending needs no patching.
/// </summary>
internal static class NosysPrologue
{
    private const ushort LoadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort Jump = 0x05;     // BPF_JMP | BPF_JA
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfAtLeast = 0x35;
    private const ushort Return = 0x06;

    private const uint NumberOffset = 0; // struct seccomp_data
    private const uint ArchitectureOffset = 4;

    private const uint X32Bit = 0x40000000;    // __X32_SYSCALL_BIT
    private const uint ArmPrivate = 0x000f0000; // __ARM_NR_BASE: set_tls and the like

    /// <param name="architectures">of <see cref="SeccompArchitecture"/>, the native one included.</param>
    /// <param name="highest">the highest number that the rules name on an architecture below a limit; -1 for none.</param>
    public static byte[] Build(IReadOnlyCollection<uint> architectures, Func<uint, uint, long> highest)
    {
        var code = new List<(ushort Code, byte IfTrue, byte IfFalse, uint K)> { (LoadWord, 0, 0, ArchitectureOffset) };
        var exits = new List<int>();
        foreach (var architecture in architectures)
        {
            // x32 belongs to the block of x86-64, whose number the kernel reports for both.
            if (architecture == SeccompArchitecture.X32 && architectures.Contains(SeccompArchitecture.X86_64))
            {
                continue;
            }

            var block = Ranges(architecture, architectures, highest);
            if (block.Count == 0)
            {
                continue;
            }

            block.Insert(0, (LoadWord, 0, 0, NumberOffset));
            block.Add((Jump, 0, 0, 0));
            var audit = architecture == SeccompArchitecture.X32 ? SeccompArchitecture.X86_64 : architecture;
            code.Add((JumpIfEqual, 0, (byte)block.Count, audit));
            code.AddRange(block);
            exits.Add(code.Count - 1);
        }

        foreach (var exit in exits)
        {
            code[exit] = (Jump, 0, 0, (uint)(code.Count - exit - 1));
        }

        return exits.Count == 0 ? [] : Encode(code);
    }

    private static List<(ushort Code, byte IfTrue, byte IfFalse, uint K)> Ranges(
        uint architecture, IReadOnlyCollection<uint> architectures, Func<uint, uint, long> highest)
    {
        var block = new List<(ushort, byte, byte, uint)>();
        switch (architecture)
        {
            case SeccompArchitecture.X86_64:
                AddRange(block, highest(architecture, X32Bit), X32Bit);
                if (architectures.Contains(SeccompArchitecture.X32))
                {
                    AddRange(block, highest(SeccompArchitecture.X32, uint.MaxValue), null);
                }

                break;
            case SeccompArchitecture.Arm:
                AddRange(block, highest(architecture, ArmPrivate), ArmPrivate);
                break;
            default:
                AddRange(block, highest(architecture, uint.MaxValue), null);
                break;
        }

        return block;
    }

    private static void AddRange(List<(ushort, byte, byte, uint)> block, long highest, uint? limit)
    {
        if (highest < 0)
        {
            return;
        }

        block.Add((JumpIfAtLeast, 0, (byte)(limit is null ? 1 : 2), (uint)highest + 1));
        if (limit is { } end)
        {
            block.Add((JumpIfAtLeast, 1, 0, end));
        }

        block.Add((Return, 0, 0, SeccompAction.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS));
    }

    private static byte[] Encode(List<(ushort Code, byte IfTrue, byte IfFalse, uint K)> code)
    {
        var bytes = new byte[code.Count * SeccompFilter.InstructionSize];
        for (var i = 0; i < code.Count; i++)
        {
            var at = bytes.AsSpan(i * SeccompFilter.InstructionSize);
            BinaryPrimitives.WriteUInt16LittleEndian(at, code[i].Code); // both of our architectures are little endian
            at[2] = code[i].IfTrue;
            at[3] = code[i].IfFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], code[i].K);
        }

        return bytes;
    }
}
