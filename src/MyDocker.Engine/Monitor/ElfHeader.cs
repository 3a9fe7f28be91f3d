using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace MyDocker.Engine.Monitor;

/// <summary>What the first page of an ELF file says (elf(5)): its machine and its loader.</summary>
internal static class ElfHeader
{
    private const int ProgramInterpreter = 3; // PT_INTERP

    public static string OwnMachine => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x86-64";

    public static bool IsElf(ReadOnlySpan<byte> head) => head.Length >= 64 && head.StartsWith("\u007fELF"u8);

    /// <summary>True for a program of another machine; x86 programs run on x86-64.</summary>
    public static bool IsForeign(ReadOnlySpan<byte> head, out string machine)
    {
        machine = "";
        if (!IsElf(head))
        {
            return false;
        }

        var littleEndian = head[5] == 1;
        var number = littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(head[18..]) : BinaryPrimitives.ReadUInt16BigEndian(head[18..]);
        machine = number switch
        {
            3 => "x86",
            8 => "mips",
            20 => "powerpc",
            21 => "ppc64",
            22 => "s390x",
            40 => "arm",
            62 => "x86-64",
            183 => "arm64",
            243 => "riscv",
            258 => "loongarch",
            _ => $"machine {number}",
        };
        return machine != OwnMachine && !(machine == "x86" && OwnMachine == "x86-64");
    }

    /// <summary>The loader that a dynamically linked program asks for; null for a static one.</summary>
    public static string? LoaderOf(ReadOnlySpan<byte> head)
    {
        if (!IsElf(head) || head[4] != 2 || head[5] != 1)
        {
            return null;
        }

        var table = (long)BinaryPrimitives.ReadUInt64LittleEndian(head[32..]);
        var size = BinaryPrimitives.ReadUInt16LittleEndian(head[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(head[56..]);
        for (var i = 0; i < count; i++)
        {
            var at = table + ((long)i * size);
            if (at < 0 || at + 56 > head.Length)
            {
                return null;
            }

            var entry = head[(int)at..];
            if (BinaryPrimitives.ReadInt32LittleEndian(entry) == ProgramInterpreter)
            {
                var offset = (long)BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
                var length = (long)BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
                return offset >= 0 && length > 1 && offset + length <= head.Length ? Encoding.UTF8.GetString(head.Slice((int)offset, (int)length - 1)) : null;
            }
        }

        return null;
    }
}
