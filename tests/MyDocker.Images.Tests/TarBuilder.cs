using System.Text;

namespace MyDocker.Images.Tests;

/// <summary>Writes archives by hand, the impossible ones included, that no tool would write.</summary>
public sealed class TarBuilder
{
    private readonly MemoryStream _bytes = new();

    public TarBuilder Dir(string name, int mode = 0x1ED, long uid = 0, long gid = 0, long mtime = 1_000_000) => Raw('5', name, "", [], mode, uid, gid, mtime);
    public TarBuilder File(string name, string content = "", int mode = 0x1A4, long uid = 0, long gid = 0, long mtime = 1_000_000) => Raw('0', name, "", Encoding.UTF8.GetBytes(content), mode, uid, gid, mtime);
    public TarBuilder Symlink(string name, string target) => Raw('2', name, target, []);
    public TarBuilder HardLink(string name, string target) => Raw('1', name, target, []);
    public TarBuilder Device(char kind, string name, uint major, uint minor) => Raw(kind, name, "", [], major: major, minor: minor);

    /// <summary>A pax header with these records for the next member.</summary>
    public TarBuilder Pax(params (string Key, byte[] Value)[] records)
    {
        var data = new List<byte>();
        foreach (var (key, value) in records)
        {
            var rest = Encoding.UTF8.GetByteCount(key) + value.Length + 3;
            var length = rest + $"{rest}".Length;
            length = rest + $"{length}".Length;
            data.AddRange(Encoding.UTF8.GetBytes($"{length} {key}="));
            data.AddRange(value);
            data.Add((byte)'\n');
        }

        return Raw('x', "pax", "", [.. data]);
    }

    public TarBuilder Pax(string key, string value) => Pax((key, Encoding.UTF8.GetBytes(value)));

    public TarBuilder GnuLongName(string name) => Raw('L', "././@LongLink", "", [.. Encoding.UTF8.GetBytes(name), 0]);

    public TarBuilder Raw(char kind, string name, string link, byte[] data, int mode = 0x1A4, long uid = 0, long gid = 0, long mtime = 1_000_000, long? size = null, uint major = 0, uint minor = 0, Action<byte[]>? change = null)
    {
        var block = new byte[512];
        Latin(name).AsSpan(0, Math.Min(100, name.Length)).CopyTo(block);
        Octal(block, 100, 8, mode);
        Octal(block, 108, 8, uid);
        Octal(block, 116, 8, gid);
        Octal(block, 124, 12, size ?? data.Length);
        Octal(block, 136, 12, mtime);
        block[156] = (byte)kind;
        Latin(link).AsSpan(0, Math.Min(100, link.Length)).CopyTo(block.AsSpan(157));
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        "00"u8.CopyTo(block.AsSpan(263));
        Octal(block, 329, 8, major);
        Octal(block, 337, 8, minor);
        change?.Invoke(block);
        block.AsSpan(148, 8).Fill((byte)' ');
        Octal(block, 148, 7, block.Sum(b => b));
        _bytes.Write(block);
        _bytes.Write(data);
        _bytes.Write(new byte[(512 - (data.Length % 512)) % 512]);
        return this;
    }

    public byte[] Bytes(bool end = true)
    {
        var copy = new MemoryStream();
        _bytes.WriteTo(copy);
        copy.Write(new byte[end ? 1024 : 0]);
        return copy.ToArray();
    }

    public MemoryStream Stream(bool end = true) => new(Bytes(end));

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static void Octal(byte[] block, int at, int length, long value)
    {
        for (var i = at + length - 2; i >= at; i--, value >>= 3)
        {
            block[i] = (byte)('0' + (value & 7));
        }

        block[at + length - 1] = 0;
    }
}
