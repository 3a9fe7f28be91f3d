using System.Globalization;
using System.Text;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Templates;

/// <summary>Values of templates (texts, numbers, truth, JSON) and docker's functions on them.</summary>
internal static class TemplateFunctions
{
    public static bool Exists(string name) => name is "json" or "index" or "len" or "join" or "split" or "upper" or "lower" or "title" or "truncate"
        or "println" or "print" or "printf" or "eq" or "ne" or "lt" or "le" or "gt" or "ge" or "and" or "or" or "not";

    public static object? Call(string name, List<object?> arguments) => name switch
    {
        "json" => DocumentText.Of(One(name, arguments)),
        "index" => Index(arguments),
        "len" => Length(One(name, arguments)),
        "join" => string.Join(Text(At(name, arguments, 1)), Items(At(name, arguments, 0)).Select(Text)),
        "split" => new List<object?>(Text(At(name, arguments, 0)).Split(Text(At(name, arguments, 1)))),
        "upper" => Text(One(name, arguments)).ToUpperInvariant(),
        "lower" => Text(One(name, arguments)).ToLowerInvariant(),
        "title" => Text(One(name, arguments)) is { Length: > 0 } text ? char.ToUpperInvariant(text[0]) + text[1..] : "",
        "truncate" => Truncate(Text(At(name, arguments, 0)), Convert.ToInt32(At(name, arguments, 1), CultureInfo.InvariantCulture)),
        "println" => string.Join(' ', arguments.Select(Text)) + "\n",
        "print" => string.Concat(arguments.Select(Text)),
        "printf" => Printf(arguments),
        "eq" => arguments.Skip(1).Any(other => Compare(name, arguments[0], other) == 0),
        "ne" => Compare(name, At(name, arguments, 0), At(name, arguments, 1)) != 0,
        "lt" => Compare(name, At(name, arguments, 0), At(name, arguments, 1)) < 0,
        "le" => Compare(name, At(name, arguments, 0), At(name, arguments, 1)) <= 0,
        "gt" => Compare(name, At(name, arguments, 0), At(name, arguments, 1)) > 0,
        "ge" => Compare(name, At(name, arguments, 0), At(name, arguments, 1)) >= 0,
        "and" => arguments.Find(argument => !IsTrue(argument)) is var no && arguments.Exists(argument => !IsTrue(argument)) ? no : arguments[^1],
        "or" => arguments.Find(IsTrue) ?? arguments[^1],
        _ => !IsTrue(One(name, arguments)),
    };

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool truth => truth,
        string text => text.Length > 0,
        long number => number != 0,
        double number => number != 0,
        List<object?> array => array.Count > 0,
        Document map => map.Count > 0,
        _ => true,
    };

    /// <summary>As Go prints it: [a b], map[k:v], &lt;no value&gt;.</summary>
    public static string Text(object? value) => value switch
    {
        null => "<no value>",
        bool truth => truth ? "true" : "false",
        string text => text,
        List<object?> array => $"[{string.Join(' ', array.Select(Text))}]",
        Document map => $"map[{string.Join(' ', map.Names.Order(StringComparer.Ordinal).Select(name => $"{name}:{Text(map[name])}"))}]",
        var other => Convert.ToString(other, CultureInfo.InvariantCulture) ?? "",
    };

    public static IEnumerable<object?> Items(object? value) => value switch
    {
        List<object?> array => array,
        Document map => map.Values,
        null => [],
        _ => throw new TemplateException($"\"{Text(value)}\" is no list"),
    };

    private static object? Index(List<object?> arguments)
    {
        var value = At("index", arguments, 0);
        foreach (var key in arguments.Skip(1))
        {
            value = (value, key) switch
            {
                (Document map, string name) => map.TryGet(name, out var found) ? found : "",
                (List<object?> array, long at) when at >= 0 && at < array.Count => array[(int)at],
                (List<object?> array, long at) => throw new TemplateException($"index {at} is out of range: there are {array.Count}"),
                (null, _) => "",
                _ => throw new TemplateException($"\"{Text(value)}\" has no index {Text(key)}"),
            };
        }

        return value;
    }

    private static long Length(object? value) => value switch
    {
        List<object?> array => array.Count,
        Document map => map.Count,
        null => 0,
        _ => Encoding.UTF8.GetByteCount(Text(value)),
    };

    private static string Truncate(string text, int length) => text.Length <= length ? text : text[..Math.Max(0, length)];

    private static int Compare(string name, object? left, object? right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (bool a, bool b) => a.CompareTo(b),
        (long a, long b) => a.CompareTo(b),
        (long or double, long or double) => Convert.ToDouble(left, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(right, CultureInfo.InvariantCulture)),
        (null, null) => 0,
        _ => throw new TemplateException($"{name}: \"{Text(left)}\" and \"{Text(right)}\" are of different kinds"),
    };

    /// <summary>%s %v %d %q %x %t %f %%, with width and the minus sign.</summary>
    private static string Printf(List<object?> arguments)
    {
        var format = Text(At("printf", arguments, 0));
        var result = new StringBuilder();
        var next = 1;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                result.Append(format[i]);
                continue;
            }

            var start = ++i;
            while (i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '-' or '.'))
            {
                i++;
            }

            var width = format[start..Math.Min(i, format.Length)];
            var verb = i < format.Length ? format[i] : throw new TemplateException("printf: a % stands at the end");
            var text = verb == '%' ? "%" : Formatted(verb, width, At("printf", arguments, next++));
            var columns = int.TryParse(width.Split('.')[0], CultureInfo.InvariantCulture, out var number) ? number : 0;
            result.Append(columns < 0 ? text.PadRight(-columns) : text.PadLeft(columns));
        }

        return result.ToString();
    }

    private static string Formatted(char verb, string width, object? value) => verb switch
    {
        's' or 'v' or 't' or 'd' => Text(value),
        'q' => DocumentText.Of(Text(value)),
        'x' => value is long number ? number.ToString("x", CultureInfo.InvariantCulture) : Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Text(value))),
        'f' => Convert.ToDouble(value, CultureInfo.InvariantCulture).ToString("F" + (width.Contains('.') ? width.Split('.')[1] : "6"), CultureInfo.InvariantCulture),
        _ => throw new TemplateException($"printf: %{verb} is not understood; use %s, %v, %d, %q, %x, %t or %f"),
    };

    private static object? One(string name, List<object?> arguments)
        => arguments.Count == 1 ? arguments[0] : throw new TemplateException($"{name} takes one value, got {arguments.Count}");

    private static object? At(string name, List<object?> arguments, int index)
        => index < arguments.Count ? arguments[index] : throw new TemplateException($"{name} needs {index + 1} values, got {arguments.Count}");
}
