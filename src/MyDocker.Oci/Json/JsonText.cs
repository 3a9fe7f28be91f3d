using System.Text;

namespace MyDocker.Oci.Json;

/// <summary>
/// Writes small documents, UTF-8 on one line: what Utf8JsonWriter does, whose tables of characters take a million instructions
/// to fill. Fields that are null are left out.
/// </summary>
public sealed class JsonText
{
    private byte[] _bytes = new byte[1024];
    private int _length;

    public byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();

    /// <summary>Begins an object, as the value of a field or as an element.</summary>
    public JsonText Open(string? name = null) => Begin(name, (byte)'{');

    public JsonText Close() => Raw((byte)'}');

    public JsonText Field(string name, string? value) => value is null ? this : Name(name).Quoted(value);

    public JsonText Field(string name, bool value) => Name(name).Raw(value ? "true"u8 : "false"u8);

    public JsonText Field(string name, long value)
    {
        Name(name).Reserve(MostDigits);
        System.Buffers.Text.Utf8Formatter.TryFormat(value, _bytes.AsSpan(_length), out var written);
        _length += written;
        return this;
    }

    public JsonText Field(string name, ulong value) => Name(name).Digits(value);

    /// <summary>ISO 8601 with as many digits of the second as there are, as the serializer writes it.</summary>
    public JsonText Field(string name, DateTimeOffset value)
    {
        Span<char> text = stackalloc char[64];
        value.TryFormat(text, out var length, value.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-ddTHH:mm:sszzz" : "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", System.Globalization.CultureInfo.InvariantCulture);
        return Field(name, text[..length].ToString());
    }

    /// <summary>Begins a list as the value of a field.</summary>
    public JsonText OpenList(string name) => Begin(name, (byte)'[');

    public JsonText CloseList() => Raw((byte)']');

    public JsonText Field(string name, List<string>? values)
    {
        if (values is null)
        {
            return this;
        }

        OpenList(name);
        foreach (var value in values)
        {
            Separate().Quoted(value);
        }

        return CloseList();
    }

    public JsonText Field(string name, IReadOnlyList<uint> values)
    {
        OpenList(name);
        foreach (var value in values)
        {
            Separate().Digits(value);
        }

        return CloseList();
    }

    public JsonText Field(string name, Dictionary<string, string>? values)
    {
        if (values is null)
        {
            return this;
        }

        Open(name);
        foreach (var (key, value) in values)
        {
            Name(key).Quoted(value);
        }

        return Close();
    }

    private const int MostDigits = 20;

    private JsonText Begin(string? name, byte bracket) => (name is null ? Separate() : Name(name)).Raw(bracket);

    private JsonText Name(string name) => Separate().Quoted(name).Raw((byte)':');

    private JsonText Separate() => _length == 0 || _bytes[_length - 1] is (byte)'{' or (byte)'[' ? this : Raw((byte)',');

    private JsonText Digits(ulong value)
    {
        Reserve(MostDigits);
        System.Buffers.Text.Utf8Formatter.TryFormat(value, _bytes.AsSpan(_length), out var written);
        _length += written;
        return this;
    }

    private JsonText Raw(byte value)
    {
        Reserve(1);
        _bytes[_length++] = value;
        return this;
    }

    private JsonText Raw(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
        return this;
    }

    /// <summary>A text in quotes: RFC 8259 wants quotes, backslashes and control characters escaped. Null is null.</summary>
    private JsonText Quoted(string? text)
    {
        if (text is null)
        {
            return Raw("null"u8);
        }

        const int LongestEscape = 6;
        Reserve(2 + (text.Length * LongestEscape));
        _bytes[_length++] = (byte)'"';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '"' or '\\')
            {
                _bytes[_length++] = (byte)'\\';
                _bytes[_length++] = (byte)c;
            }
            else if (c < ' ')
            {
                Raw("\\u00"u8).Raw((byte)(c < 0x10 ? '0' : '1')).Raw((byte)"0123456789abcdef"[c & 0xf]);
            }
            else if (c < 0x80)
            {
                _bytes[_length++] = (byte)c;
            }
            else
            {
                Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var used); // half a pair becomes U+FFFD
                _length += rune.EncodeToUtf8(_bytes.AsSpan(_length));
                i += used - 1;
            }
        }

        _bytes[_length++] = (byte)'"';
        return this;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }
    }
}
