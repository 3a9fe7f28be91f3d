using System.Buffers.Binary;
using System.Text;
using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Seccomp;

/// <summary>
/// One file of the cache. Numbers are little endian; everything is a multiple of 8 bytes:
/// <code>
///  0 magic        8 checksum of all that follows
/// 16 flags (4)   20 offset of the program (4)
/// 24 inode, 32 size, 40 modified (seconds), 48 modified (nanoseconds) of the libseccomp that made the program
/// 56 length of the key (4)   60 length of the library's path (4)
/// 64 key, path, padding, program
/// </code>
/// The key is inside so that a file under another's name is not believed.
/// </summary>
internal static class SeccompCacheEntry
{
    private const ulong Magic = 0x0100_4650_4244_594d; // "MYDBPF", version 1
    private const int HeaderSize = 64;

    public static byte[] Encode(SeccompFilter filter, string key, string libraryPath, in Stat library)
    {
        var offset = (HeaderSize + Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(libraryPath) + 7) & ~7;
        var bytes = new byte[offset + filter.Program.Length];
        var keyLength = Encoding.UTF8.GetBytes(key, bytes.AsSpan(HeaderSize));
        var pathLength = Encoding.UTF8.GetBytes(libraryPath, bytes.AsSpan(HeaderSize + keyLength));
        filter.Program.CopyTo(bytes, offset);

        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), filter.Flags);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), offset);
        WriteStamp(bytes.AsSpan(24), library);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(56), keyLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(60), pathLength);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), Checksum(bytes.AsSpan(16)));
        return bytes;
    }

    /// <summary>The filter, or null if the bytes are torn, of another key, or of another libseccomp than today's.</summary>
    public static SeccompFilter? Decode(ReadOnlySpan<byte> bytes, string key)
    {
        if (bytes.Length <= HeaderSize || bytes.Length % 8 != 0
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) != Checksum(bytes[16..]))
        {
            return null;
        }

        var offset = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]);
        var keyLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[56..]);
        var pathLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[60..]);
        if (keyLength < 0 || pathLength < 0 || (long)HeaderSize + keyLength + pathLength > offset || offset >= bytes.Length)
        {
            return null;
        }

        if (Encoding.UTF8.GetString(bytes.Slice(HeaderSize, keyLength)) != key)
        {
            return null;
        }

        var path = Encoding.UTF8.GetString(bytes.Slice(HeaderSize + keyLength, pathLength));
        Span<byte> stamp = stackalloc byte[32];
        if (Files.TryStat(path, out var library) != Errno.None)
        {
            return null;
        }

        WriteStamp(stamp, library);
        return stamp.SequenceEqual(bytes.Slice(24, stamp.Length))
            ? new SeccompFilter(bytes[offset..].ToArray(), BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]))
            : null;
    }

    private static void WriteStamp(Span<byte> target, in Stat library)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, library.Inode);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], library.Size);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], library.ModifiedSeconds);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], library.ModifiedNanoseconds);
    }

    /// <summary>Finds torn and rotten files, not forged ones: only the owner can write here.</summary>
    private static ulong Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            sum = (sum ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 0x9e3779b97f4a7c15;
            sum ^= sum >> 32;
        }

        return sum;
    }
}
