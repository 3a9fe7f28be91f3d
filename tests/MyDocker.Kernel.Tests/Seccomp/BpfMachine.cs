using System.Buffers.Binary;
using MyDocker.Kernel.Seccomp;

namespace MyDocker.Kernel.Tests.Seccomp;

/// <summary>Runs classic BPF on a struct seccomp_data as the kernel would (the instructions that seccomp(2) permits).</summary>
internal static class BpfMachine
{
    /// <summary>The verdict (SECCOMP_RET_* with data) for a system call.</summary>
    public static uint Run(byte[] program, uint architecture, int number, params ulong[] arguments)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        for (var i = 0; i < arguments.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + (8 * i)), arguments[i]);
        }

        var memory = new uint[16];
        uint a = 0, x = 0;
        for (var pc = 0; ; pc++)
        {
            var at = program.AsSpan(pc * SeccompFilter.InstructionSize, SeccompFilter.InstructionSize);
            var code = BinaryPrimitives.ReadUInt16LittleEndian(at);
            var k = BinaryPrimitives.ReadUInt32LittleEndian(at[4..]);
            bool? condition = null;
            switch (code)
            {
                case 0x20: a = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)k, 4)); break;
                case 0x00: a = k; break;
                case 0x01: x = k; break;
                case 0x60: a = memory[k]; break;
                case 0x61: x = memory[k]; break;
                case 0x02: memory[k] = a; break;
                case 0x03: memory[k] = x; break;
                case 0x07: x = a; break;
                case 0x87: a = x; break;
                case 0x04: a += k; break;
                case 0x14: a -= k; break;
                case 0x54: a &= k; break;
                case 0x5c: a &= x; break;
                case 0x44: a |= k; break;
                case 0x64: a <<= (int)k; break;
                case 0x74: a >>= (int)k; break;
                case 0x05: pc += (int)k; break;
                case 0x15: condition = a == k; break;
                case 0x25: condition = a > k; break;
                case 0x35: condition = a >= k; break;
                case 0x45: condition = (a & k) != 0; break;
                case 0x06: return k;
                case 0x16: return a;
                default: throw new InvalidOperationException($"instruction {pc} has code 0x{code:x2}");
            }

            if (condition is { } taken)
            {
                pc += taken ? at[2] : at[3];
            }
        }
    }
}
