using System.Globalization;
using System.Text;

namespace MyDocker.Images.Archives;

/// <summary>
/// Writes tar members in one canonical form, so that equal trees give equal bytes: ustar headers with numeric owners and
/// no names of them; what does not fit there (names that are longer than 100 bytes or not ASCII, large numbers, parts of
/// a second, attributes) as pax records sorted by key; no access or change times.
/// </summary>
internal sealed class TarWriter(Stream output)
{
    private const int Block = 512;

    private readonly byte[] _header = new byte[Block];

    /// <summary>Writes the header of a member; exactly entry.Size bytes of data must follow for a file.</summary>
    public void WriteHeader(TarEntry entry)
    {
        var name = entry.Type == TarType.Directory ? [.. entry.Name, (byte)'/'] : entry.Name;
        var records = Records(entry, name);
        if (records.Length > 0)
        {
            Fill((byte)'x', "@pax"u8, [], 0x1A4 /* 0644 */, 0, 0, records.Length, 0);
            output.Write(_header);
            output.Write(records);
            Pad(records.Length);
        }

        Fill(KindOf(entry.Type), name, entry.LinkName, entry.Mode, entry.Uid, entry.Gid, entry.Type == TarType.File ? entry.Size : 0, entry.Seconds);
        if (entry.Type is TarType.CharDevice or TarType.BlockDevice)
        {
            Octal(329, 8, entry.DeviceMajor);
            Octal(337, 8, entry.DeviceMinor);
            Sum();
        }

        output.Write(_header);
    }

    public void WriteData(ReadOnlySpan<byte> data) => output.Write(data);

    /// <summary>Fills the last block of a file's data up.</summary>
    public void Pad(long size)
    {
        Span<byte> zeros = stackalloc byte[Block];
        zeros.Clear();
        output.Write(zeros[..(int)((Block - (size % Block)) % Block)]);
    }

    /// <summary>The two blocks of zeros at the end.</summary>
    public void Finish() => output.Write(new byte[2 * Block]);

    private void Fill(byte kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> link, int mode, long uid, long gid, long size, long seconds)
    {
        _header.AsSpan().Clear();
        name[..Math.Min(name.Length, 100)].CopyTo(_header);
        Octal(100, 8, mode);
        Octal(108, 8, uid);
        Octal(116, 8, gid);
        Octal(124, 12, size);
        Octal(136, 12, seconds);
        _header[156] = kind;
        link[..Math.Min(link.Length, 100)].CopyTo(_header.AsSpan(157));
        "ustar\0"u8.CopyTo(_header.AsSpan(257));
        "00"u8.CopyTo(_header.AsSpan(263));
        Sum();
    }

    private void Sum()
    {
        _header.AsSpan(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var b in _header)
        {
            sum += b;
        }

        Octal(148, 7, sum);
    }

    // What does not fit is in a pax record, and 0 here.
    private void Octal(int at, int length, long value)
    {
        value = FitsOctal(value, length) ? value : 0;
        for (var i = at + length - 2; i >= at; i--)
        {
            _header[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }

        _header[at + length - 1] = 0;
    }

    private static bool FitsOctal(long value, int length) => value >= 0 && value >> (3 * (length - 1)) == 0;

    private static byte[] Records(TarEntry entry, byte[] name)
    {
        var records = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        AddText(records, "path", name);
        AddText(records, "linkpath", entry.LinkName);
        AddNumber(records, "size", entry.Type == TarType.File ? entry.Size : 0, 12);
        AddNumber(records, "uid", entry.Uid, 8);
        AddNumber(records, "gid", entry.Gid, 8);
        if (entry.Nanoseconds != 0 || !FitsOctal(entry.Seconds, 12))
        {
            records["mtime"] = Encoding.ASCII.GetBytes(Time(entry.Seconds, entry.Nanoseconds));
        }

        foreach (var attribute in entry.Attributes)
        {
            records[$"SCHILY.xattr.{attribute.Name.Replace("%", "%25").Replace("=", "%3D")}"] = attribute.Value;
        }

        var bytes = new List<byte>();
        foreach (var (key, value) in records)
        {
            AddRecord(bytes, Encoding.UTF8.GetBytes(key), value);
        }

        return [.. bytes];
    }

    private static void AddText(SortedDictionary<string, byte[]> records, string key, byte[] text)
    {
        if (text.Length > 100 || text.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)0x7f))
        {
            records[key] = text;
        }
    }

    private static void AddNumber(SortedDictionary<string, byte[]> records, string key, long value, int length)
    {
        if (!FitsOctal(value, length))
        {
            records[key] = Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    // -1.25 is kept by the kernel as -2 s + 750000000 ns.
    private static string Time(long seconds, uint nanoseconds)
    {
        var (sign, whole, part) = seconds >= 0 ? ("", seconds, nanoseconds)
            : nanoseconds == 0 ? ("-", -seconds, 0u)
            : ("-", -seconds - 1, 1_000_000_000 - nanoseconds);
        return part == 0 ? $"{sign}{whole}" : $"{sign}{whole}.{part:d9}".TrimEnd('0');
    }

    private static void AddRecord(List<byte> bytes, byte[] key, byte[] value)
    {
        var rest = key.Length + value.Length + 3; // space, '=' and newline
        var length = rest + Digits(rest);
        length = rest + Digits(length); // one digit more may lengthen the number itself
        bytes.AddRange(Encoding.ASCII.GetBytes($"{length} "));
        bytes.AddRange(key);
        bytes.Add((byte)'=');
        bytes.AddRange(value);
        bytes.Add((byte)'\n');
    }

    private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;

    private static byte KindOf(TarType type) => type switch
    {
        TarType.HardLink => (byte)'1',
        TarType.Symlink => (byte)'2',
        TarType.CharDevice => (byte)'3',
        TarType.BlockDevice => (byte)'4',
        TarType.Directory => (byte)'5',
        TarType.Fifo => (byte)'6',
        _ => (byte)'0',
    };
}
