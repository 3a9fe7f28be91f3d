using System.Globalization;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// Annotations org.systemd.property.NAME, whose values are D-Bus values as text (GVariant text format), as runc and crun read
/// them: <c>true</c>, <c>'text'</c>, <c>uint64 5</c>, <c>['a', 'b']</c>. A name with "Sec" at its end takes seconds.
/// </summary>
internal static class UnitPropertyText
{
    private const string Prefix = "org.systemd.property.";

    /// <exception cref="SpecException">names the annotation.</exception>
    public static List<UnitProperty> Read(IReadOnlyDictionary<string, string>? annotations)
    {
        var properties = new List<UnitProperty>();
        foreach (var (key, text) in annotations ?? new Dictionary<string, string>())
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal) && key.Length > Prefix.Length)
            {
                properties.Add(Parse(key[Prefix.Length..], text));
            }
        }

        return properties;
    }

    public static UnitProperty Parse(string name, string text)
    {
        if (name.Length < 3 || !char.IsAsciiLetterUpper(name[0]) || !name.All(char.IsAsciiLetterOrDigit))
        {
            throw new SpecException($"annotations[\"{Prefix}{name}\"]", "not the name of a property of systemd, such as TimeoutStopUSec");
        }

        var (signature, value) = ParseValue(text.Trim());
        if (value is null)
        {
            throw new SpecException($"annotations[\"{Prefix}{name}\"]", $"\"{text}\" is no D-Bus value; write true, 'text', uint64 5 or ['a', 'b']");
        }

        if (name.EndsWith("Sec", StringComparison.Ordinal) && name.Length > 3 && char.IsAsciiLetterLower(name[^4]))
        {
            const double Microseconds = 1_000_000;
            var seconds = value is bool or string or Array ? -1 : Convert.ToDouble(value, CultureInfo.InvariantCulture);
            return seconds >= 0 ? UnitProperty.Of(name[..^3] + "USec", (ulong)(seconds * Microseconds))
                : throw new SpecException($"annotations[\"{Prefix}{name}\"]", $"\"{text}\" is not a number of seconds");
        }

        return new UnitProperty(name, signature, value);
    }

    private static (string Signature, object? Value) ParseValue(string text) => text switch
    {
        "true" => ("b", true),
        "false" => ("b", false),
        ['\'' or '"', .., '\'' or '"'] when Quoted(text) is { } value => ("s", value),
        ['[', .., ']'] => ParseArray(text[1..^1]),
        _ => ParseNumber(text),
    };

    private static (string, object?) ParseArray(string items)
    {
        var values = SplitItems(items).ConvertAll(ParseValue);
        if (values.Count > 0 && values.TrueForAll(value => value.Signature == "s"))
        {
            return ("as", values.Select(value => (string)value.Value!).ToArray());
        }

        return values.Count > 0 && values.TrueForAll(value => value is { Signature: "i" or "u", Value: not null })
            ? ("au", values.Select(value => Convert.ToUInt32(value.Value, CultureInfo.InvariantCulture)).ToArray())
            : ("", null);
    }

    private static List<string> SplitItems(string items)
    {
        var parts = new List<string>();
        var (start, quote) = (0, '\0');
        for (var i = 0; i <= items.Length; i++)
        {
            if (i == items.Length || (items[i] == ',' && quote == '\0'))
            {
                parts.Add(items[start..i].Trim());
                start = i + 1;
            }
            else if (quote != '\0' ? items[i] == quote : items[i] is '\'' or '"')
            {
                quote = quote == '\0' ? items[i] : '\0';
            }
        }

        parts.RemoveAll(part => part.Length == 0);
        return parts;
    }

    private static (string, object?) ParseNumber(string text)
    {
        var space = text.IndexOf(' ');
        var (type, digits) = space < 0 ? ("", text) : (text[..space], text[(space + 1)..].Trim());
        var culture = CultureInfo.InvariantCulture;
        return type switch
        {
            "byte" when byte.TryParse(digits, culture, out var value) => ("y", value),
            "int16" when short.TryParse(digits, culture, out var value) => ("n", value),
            "uint16" when ushort.TryParse(digits, culture, out var value) => ("q", value),
            "int32" or "" when int.TryParse(digits, culture, out var value) => ("i", value),
            "uint32" when uint.TryParse(digits, culture, out var value) => ("u", value),
            "int64" when long.TryParse(digits, culture, out var value) => ("x", value),
            "uint64" when ulong.TryParse(digits, culture, out var value) => ("t", value),
            "double" or "" when double.TryParse(digits, NumberStyles.Float, culture, out var value) => ("d", value),
            _ => ("", null),
        };
    }

    /// <summary>The text between two quotes of one kind; null if they differ.</summary>
    private static string? Quoted(string text)
        => text.Length >= 2 && text[0] == text[^1] ? text[1..^1].Replace("\\" + text[0], text[..1], StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal) : null;
}
