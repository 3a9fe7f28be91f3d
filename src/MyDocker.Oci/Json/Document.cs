using System.Globalization;

namespace MyDocker.Oci.Json;

/// <summary>
/// A JSON object that is made to be shown, with its fields in the order in which they were set. A value is null, a string, a bool, a long,
/// a double, a Document, or a List&lt;object?&gt; of these. What JsonNode does, without the types behind it: each costs something
/// at each start of a program that has it, whether it shows anything or not (docs/adr/0010).
/// </summary>
public sealed class Document
{
    private readonly List<string> _names = [];
    private readonly List<object?> _values = [];

    public IReadOnlyList<string> Names => _names;

    /// <summary>In the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<object?> Values => _values;

    public int Count => _names.Count;

    /// <summary>Null: it is null, or there is none.</summary>
    public object? this[string name]
    {
        get => TryGet(name, out var value) ? value : null;
        set
        {
            var index = _names.IndexOf(name);
            if (index >= 0)
            {
                _values[index] = ValueOf(value);
                return;
            }

            _names.Add(name);
            _values.Add(ValueOf(value));
        }
    }

    public bool TryGet(string name, out object? value)
    {
        var index = _names.IndexOf(name);
        value = index < 0 ? null : _values[index];
        return index >= 0;
    }

    private static object? ValueOf(object? value) => value switch
    {
        null or string or bool or long or double or Document or List<object?> => value,
        int or uint or short or ushort or byte => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong number => number <= long.MaxValue ? (object)(long)number : (double)number,
        _ => throw new ArgumentException($"{value.GetType().Name} is no value of a document"),
    };
}
