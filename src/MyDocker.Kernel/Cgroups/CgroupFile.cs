using System.Buffers;
using System.Buffers.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

/// <summary>Reading the small files of a cgroup without allocating: a number, a flat list of "key value" lines.</summary>
public static unsafe class CgroupFile
{
    /// <summary>The value of a limit that is not there ("max", or v1's PAGE_COUNTER_MAX).</summary>
    public const long Unlimited = long.MaxValue;

    private const long Cgroup2Magic = 0x63677270; // CGROUP2_SUPER_MAGIC, linux/magic.h

    /// <summary>Whether a directory lies on cgroup v2 (statfs(2)).</summary>
    public static bool IsCgroup2(string path)
    {
        var buffer = stackalloc long[32]; // struct statfs: f_type is the first word on x86-64 and arm64
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        return Syscall.Retry(Nr.statfs, name.Address, (nint)buffer) == 0 && buffer[0] == Cgroup2Magic;
    }

    /// <summary>What one read gives into the buffer; empty if the file is missing or cannot be read.</summary>
    public static ReadOnlySpan<byte> Read(string path, Span<byte> buffer)
    {
        if (Files.TryOpen(path, OpenFlags.O_RDONLY, out var fd) != Errno.None)
        {
            return [];
        }

        using (fd)
        {
            var length = 0;
            for (int count; length < buffer.Length && (count = Files.Read(fd!, buffer[length..])) > 0;)
            {
                length += count;
            }

            return buffer[..length];
        }
    }

    /// <summary>The number in a file: "max" and v1's largest values are <see cref="Unlimited"/>; null if it cannot be read.</summary>
    public static long? ReadLong(string path)
    {
        Span<byte> buffer = stackalloc byte[64];
        var text = Read(path, buffer);
        return text.IsEmpty ? null : ParseLong(text);
    }

    /// <summary>The number at the beginning of a text; null if there is none.</summary>
    public static long? ParseLong(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("max"u8))
        {
            return Unlimited;
        }

        // v1 says 9223372036854771712 (LONG_MAX rounded down to a page) for "no limit".
        return !Utf8Parser.TryParse(text, out long value, out _) ? null
            : value >= long.MaxValue - 65536 ? Unlimited
            : value;
    }

    /// <summary>The value of a key in a flat keyed file ("oom_kill 3"), or null. A key must be at the start of its line.</summary>
    public static long? Find(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            if (line.Length > key.Length && line[key.Length] == ' ' && line.StartsWith(key))
            {
                return ParseLong(line[(key.Length + 1)..]);
            }

            text = end < 0 ? [] : text[(end + 1)..];
        }

        return null;
    }
}
