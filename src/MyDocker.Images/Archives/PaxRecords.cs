using System.Globalization;
using System.Text;

namespace MyDocker.Images.Archives;

/// <summary>
/// The extended header records of pax(1): those of one member over those of the whole archive. An empty value takes a
/// record of the archive back.
/// </summary>
internal sealed class PaxRecords(Dictionary<string, byte[]> global, Dictionary<string, byte[]> local)
{
    private const string Attribute = "SCHILY.xattr.";
    private const string AttributeBase64 = "LIBARCHIVE.xattr.";
    private const int MaxAttribute = 65536; // XATTR_SIZE_MAX

    /// <summary>Adds the records of one header: "LENGTH KEY=VALUE\n", LENGTH counting the whole record.</summary>
    public static void Read(ReadOnlySpan<byte> text, Dictionary<string, byte[]> into)
    {
        while (!text.IsEmpty && text[0] != 0)
        {
            var space = text.IndexOf((byte)' ');
            if (space is < 1 or > 10 || !TryNumber(text[..space], out var length) || length <= space + 2 || length > text.Length || text[(int)length - 1] != '\n')
            {
                throw new TarFormatException("a pax record has a wrong length");
            }

            var record = text[(space + 1)..((int)length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1)
            {
                throw new TarFormatException("a pax record has no key");
            }

            Add(Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..], into);
            text = text[(int)length..];
        }
    }

    public byte[]? Bytes(string key)
        => local.TryGetValue(key, out var value) || global.TryGetValue(key, out value)
            ? value.Length == 0 ? null : value
            : null;

    public long? Number(string key)
        => Bytes(key) is not { } text ? null
            : TryNumber(text, out var number) ? number
            : throw new TarFormatException($"the pax record {key} is not a number");

    public bool IsSparse => Bytes("GNU.sparse.major") is not null || Bytes("GNU.sparse.size") is not null || Bytes("GNU.sparse.map") is not null;

    /// <summary>A time: decimal seconds, a fraction of any length, perhaps a minus.</summary>
    public (long Seconds, uint Nanoseconds)? Time(string key)
    {
        if (Bytes(key) is not { } text)
        {
            return null;
        }

        var negative = text[0] == '-';
        var digits = text.AsSpan(negative ? 1 : 0);
        var dot = digits.IndexOf((byte)'.');
        var fraction = dot < 0 ? [] : digits[(dot + 1)..];
        if (!TryNumber(dot < 0 ? digits : digits[..dot], out var seconds) || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw new TarFormatException($"the pax record {key} is not a time");
        }

        var nanoseconds = 0u;
        for (var i = 0; i < 9; i++)
        {
            nanoseconds = (nanoseconds * 10) + (i < fraction.Length ? (uint)(fraction[i] - '0') : 0);
        }

        return !negative ? (seconds, nanoseconds)
            : nanoseconds == 0 ? (-seconds, 0)
            : (-seconds - 1, 1_000_000_000 - nanoseconds);
    }

    public IReadOnlyList<ExtendedAttribute> Attributes()
    {
        List<ExtendedAttribute>? found = null;
        foreach (var records in (ReadOnlySpan<Dictionary<string, byte[]>>)[global, local])
        {
            foreach (var (key, value) in records)
            {
                var attribute = Decode(key, value);
                if (attribute is null || (records == global && local.ContainsKey(key)))
                {
                    continue;
                }

                found ??= [];
                if (!found.Exists(other => other.Name == attribute.Name))
                {
                    found.Add(attribute);
                }
            }
        }

        return found ?? (IReadOnlyList<ExtendedAttribute>)[];
    }

    public static bool TryNumber(ReadOnlySpan<byte> text, out long number)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static void Add(string key, ReadOnlySpan<byte> value, Dictionary<string, byte[]> into)
    {
        // Form 0.0 of GNU's sparse files repeats two keys for each piece: joined, it is form 0.1.
        if (key is "GNU.sparse.offset" or "GNU.sparse.numbytes")
        {
            into["GNU.sparse.map"] = into.TryGetValue("GNU.sparse.map", out var map) && map.Length > 0 ? [.. map, (byte)',', .. value] : value.ToArray();
            return;
        }

        into[key] = value.ToArray();
    }

    private static ExtendedAttribute? Decode(string key, byte[] value)
    {
        var attribute =
            key.StartsWith(Attribute, StringComparison.Ordinal) ? new ExtendedAttribute(key[Attribute.Length..].Replace("%3D", "=").Replace("%25", "%"), value) // GNU tar: a key has no '='
            : key.StartsWith(AttributeBase64, StringComparison.Ordinal) ? new ExtendedAttribute(Uri.UnescapeDataString(key[AttributeBase64.Length..]), FromBase64(key, value))
            : null;
        if (attribute is not null && (attribute.Name.Length is 0 or > 255 || attribute.Name.Contains('\0') || value.Length > MaxAttribute))
        {
            throw new TarFormatException($"the extended attribute {Printable.Name(attribute.Name)} has a name or value that no file can have");
        }

        return attribute;
    }

    private static byte[] FromBase64(string key, byte[] value)
    {
        var text = Encoding.ASCII.GetString(value).TrimEnd('=');
        try
        {
            return Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        }
        catch (FormatException)
        {
            throw new TarFormatException($"the pax record {Printable.Name(key)} is not base64");
        }
    }
}
