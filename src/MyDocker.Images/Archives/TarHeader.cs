
namespace MyDocker.Images.Archives;

/// <summary>The 512 bytes before each member of an archive: struct posix_header and struct oldgnu_header of tar(5).</summary>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block, long position)
{
    private readonly ReadOnlySpan<byte> _block = block;

    /// <summary>Where in the archive it stands, bytes.</summary>
    public long Position { get; } = position;

    public char Kind => (char)_block[156];

    /// <summary>The name, with ustar's prefix before it.</summary>
    public byte[] Name
    {
        get
        {
            var name = Text(0, 100);
            var prefix = IsUstar ? Text(345, 155) : [];
            return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
        }
    }

    public byte[] LinkName => Text(157, 100).ToArray();
    public int Mode => (int)(Number(100, 8, "mode") & 0xFFF);
    public long Uid => Number(108, 8, "uid");
    public long Gid => Number(116, 8, "gid");
    public long Seconds => Number(136, 12, "time");
    public uint DeviceMajor => (uint)Number(329, 8, "device number");
    public uint DeviceMinor => (uint)Number(337, 8, "device number");
    public long SparseRealSize => Number(483, 12, "size of a sparse file");

    /// <summary>Bytes stored behind the header.</summary>
    public long Size
    {
        get
        {
            var size = Number(124, 12, "size");
            return size >= 0 && size <= long.MaxValue - 1024 ? size : throw new TarFormatException($"the header at byte {Position} gives the impossible size {size}");
        }
    }

    // POSIX writes "ustar\0" "00"; GNU's old format "ustar  \0", and uses the place of the prefix otherwise.
    private bool IsUstar => _block.Slice(257, 6).SequenceEqual("ustar\0"u8);

    /// <summary>The checksum is the sum of all bytes with its own field as spaces; some old systems summed signed bytes.</summary>
    public static bool IsChecksumRight(ReadOnlySpan<byte> block)
    {
        const int At = 148, Length = 8;
        var (unsigned, signed) = (Length * ' ', Length * ' ');
        for (var i = 0; i < block.Length; i++)
        {
            if (i is < At or >= At + Length)
            {
                unsigned += block[i];
                signed += (sbyte)block[i];
            }
        }

        return TryNumber(block.Slice(At, Length), out var written) && (written == unsigned || written == signed);
    }

    /// <summary>A numeric field: octal digits, or a big-endian two's complement number if the top bit is set (GNU).</summary>
    public static bool TryNumber(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        if ((field[0] & 0x80) != 0)
        {
            return TryBinary(field, out value);
        }

        field = field.Trim(" \0"u8);
        foreach (var c in field)
        {
            if (c is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            value = (value << 3) | (uint)(c - '0');
        }

        return true;
    }

    private static bool TryBinary(ReadOnlySpan<byte> field, out long value)
    {
        var negative = (field[0] & 0x40) != 0;
        value = negative ? -1 : 0;
        for (var i = 0; i < field.Length; i++)
        {
            var digit = i == 0 ? (byte)(negative ? field[0] : field[0] & 0x7f) : field[i];
            if (i < field.Length - 8 && digit != (negative ? 0xff : 0))
            {
                return false;
            }

            value = (value << 8) | digit;
        }

        return negative == value < 0;
    }

    private long Number(int at, int length, string what)
        => TryNumber(_block.Slice(at, length), out var value) ? value : throw new TarFormatException($"the header at byte {Position} has a {what} that is not a number");

    private ReadOnlySpan<byte> Text(int at, int length)
    {
        var text = _block.Slice(at, length);
        var end = text.IndexOf((byte)0);
        return end < 0 ? text : text[..end];
    }
}
