using System.Text.Json;

namespace MyDocker.Oci.Json;

/// <summary>Reads what the cursor stands on and leaves it on the value's last token; null for a JSON null.</summary>
public delegate T JsonReading<out T>(ref JsonCursor json);

/// <summary>Reads the value of one field into a record, or says <see cref="JsonCursor.Unknown"/> if the record has no such field.</summary>
public delegate void JsonFields<in T>(T record, ReadOnlySpan<char> name, ref JsonCursor json);

/// <summary>Reads the value of one field, or skips it, and returns what has been read so far.</summary>
public delegate T JsonPart<T>(T part, ReadOnlySpan<char> name, ref JsonCursor json);

/// <summary>
/// Walks through a document, one record after the other: what the serializer does, without the 11 million instructions that it
/// takes to get ready (docs/adr/0007). It stands on a value whenever a
/// method is called that reads one.
/// Takes what is right, and only that: whoever is told null asks the serializer, which knows why and where.
/// </summary>
public ref struct JsonCursor
{
    /// <summary>No name that we know is longer, in characters, escapes counted as six.</summary>
    private const int LongestName = 256;

    private readonly char[] _name = new char[LongestName];
    private readonly Func<string[]>? _known;
    private Utf8JsonReader _json;
    private bool _isUnknown;

    private JsonCursor(ReadOnlySpan<byte> text, Func<string[]>? known)
    {
        _known = known;
        _json = new Utf8JsonReader(text);
        _json.Read();
    }

    /// <summary>Reads a whole document. Null: it is not what it must be, or the word null.</summary>
    /// <param name="known">names of fields that may be written in another case.</param>
    public static T? TryRead<T>(ReadOnlySpan<byte> text, JsonReading<T?> read, Func<string[]>? known = null) where T : class
    {
        try
        {
            var json = new JsonCursor(text, known);
            var value = read(ref json);
            return json._json.Read() ? null : value;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null; // the reader's three ways of saying no: malformed, of another type, out of range
        }
    }

    /// <summary>Fills a record from an object, field by field. Null: a null is here instead.</summary>
    public T? Record<T>(T record, JsonFields<T> fields) where T : class
    {
        if (!Is(JsonTokenType.StartObject))
        {
            return null;
        }

        while (NextField(out var name))
        {
            fields(record, name, ref this);
            if (_isUnknown)
            {
                ReadInAnotherCase(record, name, fields);
            }
        }

        return record;
    }

    /// <summary>The same for what is replaced field by field, like a record that cannot be changed.</summary>
    public T? Built<T>(T part, JsonPart<T> fields) where T : struct
    {
        if (!Is(JsonTokenType.StartObject))
        {
            return null;
        }

        while (NextField(out var name))
        {
            part = fields(part, name, ref this);
        }

        return part;
    }

    /// <summary>In <see cref="Record"/>: the record has no such field: its value is passed over.</summary>
    public void Unknown() => _isUnknown = true;

    /// <summary>Passes over a value that nobody knows.</summary>
    public void Skip() => _json.Skip();

    public string? TextOrNull() => _json.GetString();

    public string Text() => Required(_json.GetString());

    public readonly bool Bool() => _json.GetBoolean();

    public readonly bool? BoolOrNull() => IsNull ? null : _json.GetBoolean();

    public readonly int Int() => _json.GetInt32();

    public readonly int? IntOrNull() => IsNull ? null : _json.GetInt32();

    public readonly uint UInt() => _json.GetUInt32();

    public readonly uint? UIntOrNull() => IsNull ? null : _json.GetUInt32();

    public readonly ushort? UShortOrNull() => IsNull ? null : _json.GetUInt16();

    public readonly long Long() => _json.GetInt64();

    public readonly long? LongOrNull() => IsNull ? null : _json.GetInt64();

    public readonly ulong ULong() => _json.GetUInt64();

    public readonly ulong? ULongOrNull() => IsNull ? null : _json.GetUInt64();

    public readonly DateTimeOffset Time() => _json.GetDateTimeOffset();

    public readonly DateTimeOffset? TimeOrNull() => IsNull ? null : _json.GetDateTimeOffset();

    /// <summary>A list of texts.</summary>
    public List<string>? Texts() => List(static (ref json) => json.TextOrNull());

    /// <summary>Texts by name.</summary>
    public Dictionary<string, string>? TextMap() => Map(static (ref json) => json.TextOrNull());

    public List<T>? List<T>(JsonReading<T?> read)
    {
        if (!Is(JsonTokenType.StartArray))
        {
            return null;
        }

        var list = new List<T>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            list.Add(read(ref this)!);
        }

        return list;
    }

    /// <summary>An object whose names are data; of a name that is there twice the last one counts.</summary>
    public Dictionary<string, T>? Map<T>(JsonReading<T?> read)
    {
        if (!Is(JsonTokenType.StartObject))
        {
            return null;
        }

        var map = new Dictionary<string, T>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndObject)
        {
            var name = _json.GetString()!;
            _json.Read();
            map[name] = read(ref this)!;
        }

        return map;
    }

    public static T Required<T>(T? value) where T : class => value ?? throw new FormatException("null where a value is required");

    /// <summary>Goes to the value of the next field; false at the end of the object.</summary>
    private bool NextField(out ReadOnlySpan<char> name)
    {
        if (!_json.Read() || _json.TokenType == JsonTokenType.EndObject)
        {
            name = default;
            return false;
        }

        name = _json.ValueSpan.Length <= LongestName ? _name.AsSpan(0, _json.CopyString(_name)) : default;
        _json.Read();
        return true;
    }

    private void ReadInAnotherCase<T>(T record, ReadOnlySpan<char> name, JsonFields<T> fields)
    {
        _isUnknown = false;
        foreach (var known in _known?.Invoke() ?? [])
        {
            if (name.Equals(known, StringComparison.OrdinalIgnoreCase) && !name.SequenceEqual(known))
            {
                fields(record, known, ref this);
                if (!_isUnknown)
                {
                    return;
                }
            }
        }

        _isUnknown = false;
        _json.Skip();
    }

    private readonly bool IsNull => _json.TokenType == JsonTokenType.Null;

    private readonly bool Is(JsonTokenType start)
        => _json.TokenType == start || (IsNull ? false : throw new FormatException("of another type"));
}
