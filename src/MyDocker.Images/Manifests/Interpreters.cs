using System.Buffers.Binary;
using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Manifests;

/// <summary>A program that runs those of another architecture (binfmt_misc, Documentation/admin-guide/binfmt-misc.rst).</summary>
/// <param name="Path">of the host when it was registered.</param>
/// <param name="IsFixed">flag F: opened then, so that it need not be in the container.</param>
internal sealed record Interpreter(string Path, bool IsFixed);

/// <summary>What is registered with the kernel, found by what it is registered for: names differ from host to host.</summary>
internal static class Interpreters
{
    public const string Directory = "/proc/sys/fs/binfmt_misc";

    private const int ClassAt = 4, DataAt = 5, MachineAt = 18; // elf(5): EI_CLASS, EI_DATA, e_machine

    /// <param name="architecture">as images name it: "arm64".</param>
    /// <returns>the one that the container can use, if there is one; null if nothing is registered and enabled.</returns>
    public static Interpreter? For(string architecture, string directory = Directory)
    {
        Interpreter? found = null;
        foreach (var name in Files.List(directory).Where(name => name is not ("register" or "status")))
        {
            if (Files.TryReadText($"{directory}/{name}", out _) is { } text && Parse(text, architecture) is { } interpreter)
            {
                found = found is { IsFixed: true } ? found : interpreter;
            }
        }

        return found;
    }

    /// <summary>An entry's file; null if it is off, or for something else.</summary>
    internal static Interpreter? Parse(string text, string architecture)
    {
        var lines = text.Split('\n');
        string? Value(string key) => Array.Find(lines, line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim();

        return lines[0] == "enabled"
            && Value("interpreter ") is { } path
            && Value("offset ") is "0"
            && Value("magic ") is { } magic
            && IsFor(magic, architecture)
                ? new Interpreter(path, Value("flags:")?.Contains('F') == true)
                : null;
    }

    private static bool IsFor(string magic, string architecture)
    {
        if (magic.Length < 2 * (MachineAt + 2) || !magic.StartsWith("7f454c46", StringComparison.Ordinal))
        {
            return false;
        }

        var bytes = new byte[magic.Length / 2];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!byte.TryParse(magic.AsSpan(2 * i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out bytes[i]))
            {
                return false;
            }
        }

        var machine = bytes.AsSpan(MachineAt, 2);
        return Elf(architecture) is var (bits, isLittle, number)
            && bytes[ClassAt] == (bits == 64 ? 2 : 1)
            && bytes[DataAt] == (isLittle ? 1 : 2)
            && (isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(machine) : BinaryPrimitives.ReadUInt16BigEndian(machine)) == number;
    }

    // linux/elf-em.h
    private static (int Bits, bool IsLittle, int Machine)? Elf(string architecture) => architecture switch
    {
        "386" => (32, true, 3),
        "amd64" => (64, true, 62),
        "arm" => (32, true, 40),
        "arm64" => (64, true, 183),
        "loong64" => (64, true, 258),
        "mips64le" => (64, true, 8),
        "ppc64le" => (64, true, 21),
        "riscv64" => (64, true, 243),
        "s390x" => (64, false, 22),
        _ => null,
    };
}
