namespace MyDocker.Oci.Json;

/// <summary>
/// How a record of our own lies in a file: one line per field, for reading and for writing. What the serializer does with
/// JsonIgnoreCondition.WhenWritingDefault, without getting ready first (docs/adr/0008): a field that is null, 0 or false is
/// left out; one that nobody knows is passed over. <c>set</c> returns the record with the field changed, <c>o with { … }</c>.
/// </summary>
/// <param name="create">the record before its fields are read; of its own, so that no two share a list.</param>
public sealed class JsonShape<T>(Func<T> create) where T : class
{
    private delegate T Reading(T record, ref JsonCursor json);

    private readonly List<(string Name, Reading Read, Action<JsonText, T> Write)> _fields = [];

    /// <summary>Reads what the cursor stands on; null for a JSON null.</summary>
    public T? Read(ref JsonCursor json) => json.Built((Shape: this, Record: create()), static (part, name, ref json) =>
    {
        foreach (var field in part.Shape._fields)
        {
            if (name.SequenceEqual(field.Name))
            {
                return part with { Record = field.Read(part.Record, ref json) };
            }
        }

        json.Skip();
        return part;
    })?.Record;

    /// <summary>A whole document. Null: it is not what it must be, or the word null; the serializer says why.</summary>
    public T? TryRead(ReadOnlySpan<byte> text) => JsonCursor.TryRead(text, Read);

    /// <summary>The record as a whole document.</summary>
    public byte[] ToBytes(T record)
    {
        var text = new JsonText().Open();
        Write(text, record);
        return text.Close().ToArray();
    }

    public JsonShape<T> Text(string name, Func<T, string> get, Func<T, string, T> set)
        => Add(name, static (ref json) => json.Text(), set, (text, record) => text.Field(name, get(record)));

    public JsonShape<T> TextOrNull(string name, Func<T, string?> get, Func<T, string?, T> set)
        => Add(name, static (ref json) => json.TextOrNull(), set, (text, record) => text.Field(name, get(record)));

    public JsonShape<T> Bool(string name, Func<T, bool> get, Func<T, bool, T> set)
        => Add(name, static (ref json) => json.Bool(), set, (text, record) =>
        {
            if (get(record))
            {
                text.Field(name, true);
            }
        });

    public JsonShape<T> Int(string name, Func<T, int> get, Func<T, int, T> set)
        => Add(name, static (ref json) => json.Int(), set, (text, record) => Number(text, name, NullIfZero(get(record))));

    public JsonShape<T> IntOrNull(string name, Func<T, int?> get, Func<T, int?, T> set)
        => Add(name, static (ref json) => json.IntOrNull(), set, (text, record) => Number(text, name, get(record)));

    public JsonShape<T> UInt(string name, Func<T, uint> get, Func<T, uint, T> set)
        => Add(name, static (ref json) => json.UInt(), set, (text, record) => Number(text, name, NullIfZero(get(record))));

    public JsonShape<T> Long(string name, Func<T, long> get, Func<T, long, T> set)
        => Add(name, static (ref json) => json.Long(), set, (text, record) => Number(text, name, NullIfZero(get(record))));

    public JsonShape<T> LongOrNull(string name, Func<T, long?> get, Func<T, long?, T> set)
        => Add(name, static (ref json) => json.LongOrNull(), set, (text, record) => Number(text, name, get(record)));

    public JsonShape<T> ULong(string name, Func<T, ulong> get, Func<T, ulong, T> set)
        => Add(name, static (ref json) => json.ULong(), set, (text, record) => Number(text, name, get(record) is var value and not 0 ? value : null));

    public JsonShape<T> ULongOrNull(string name, Func<T, ulong?> get, Func<T, ulong?, T> set)
        => Add(name, static (ref json) => json.ULongOrNull(), set, (text, record) => Number(text, name, get(record)));

    public JsonShape<T> Time(string name, Func<T, DateTimeOffset> get, Func<T, DateTimeOffset, T> set)
        => Add(name, static (ref json) => json.Time(), set, (text, record) => Time(text, name, get(record) is var time && time == default ? null : time));

    public JsonShape<T> TimeOrNull(string name, Func<T, DateTimeOffset?> get, Func<T, DateTimeOffset?, T> set)
        => Add(name, static (ref json) => json.TimeOrNull(), set, (text, record) => Time(text, name, get(record)));

    public JsonShape<T> Texts(string name, Func<T, List<string>?> get, Func<T, List<string>, T> set)
        => Add(name, static (ref json) => JsonCursor.Required(json.Texts()), set, (text, record) => text.Field(name, get(record)));

    public JsonShape<T> TextMap(string name, Func<T, Dictionary<string, string>?> get, Func<T, Dictionary<string, string>, T> set)
        => Add(name, static (ref json) => JsonCursor.Required(json.TextMap()), set, (text, record) => text.Field(name, get(record)));

    public JsonShape<T> Record<TPart>(string name, JsonShape<TPart> shape, Func<T, TPart?> get, Func<T, TPart, T> set) where TPart : class
        => Add(name, (ref json) => JsonCursor.Required(shape.Read(ref json)), set, (text, record) =>
        {
            if (get(record) is { } part)
            {
                shape.Write(text.Open(name), part);
                text.Close();
            }
        });

    public JsonShape<T> Records<TPart>(string name, JsonShape<TPart> shape, Func<T, List<TPart>?> get, Func<T, List<TPart>, T> set) where TPart : class
        => Add(name, (ref json) => JsonCursor.Required(json.List(shape.Read)), set, (text, record) =>
        {
            if (get(record) is not { } parts)
            {
                return;
            }

            text.OpenList(name);
            foreach (var part in parts)
            {
                shape.Write(text.Open(), part);
                text.Close();
            }

            text.CloseList();
        });

    /// <summary>A field of another kind.</summary>
    public JsonShape<T> Add<TValue>(string name, JsonReading<TValue> read, Func<T, TValue, T> set, Action<JsonText, T> write)
    {
        _fields.Add((name, (T record, ref JsonCursor json) => set(record, read(ref json)), write));
        return this;
    }

    private void Write(JsonText text, T record)
    {
        foreach (var field in _fields)
        {
            field.Write(text, record);
        }
    }

    private static long? NullIfZero(long value) => value == 0 ? null : value;

    private static void Time(JsonText text, string name, DateTimeOffset? value)
    {
        if (value is { } time)
        {
            text.Field(name, time);
        }
    }

    private static void Number(JsonText text, string name, long? value)
    {
        if (value is { } number)
        {
            text.Field(name, number);
        }
    }

    private static void Number(JsonText text, string name, ulong? value)
    {
        if (value is { } number)
        {
            text.Field(name, number);
        }
    }
}
