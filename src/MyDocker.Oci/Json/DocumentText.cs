using System.Globalization;
using System.Text;

namespace MyDocker.Oci.Json;

/// <summary>
/// Values of <see cref="Document"/> as JSON, as docker prints it: on one line, or indented by four spaces; nothing escaped that can be read as it is.
/// </summary>
public static class DocumentText
{
    private const int Indent = 4; // spaces

    public static string Of(object? value, bool indented = false)
    {
        var text = new StringBuilder();
        Write(text, value, indented ? 0 : null);
        return text.ToString();
    }

    /// <param name="depth">of what encloses the value; null: on one line.</param>
    private static void Write(StringBuilder text, object? value, int? depth)
    {
        switch (value)
        {
            case Document document:
                Enclosed(text, '{', '}', document.Count, depth, i =>
                {
                    Quoted(text, document.Names[i]);
                    text.Append(depth is null ? ":" : ": ");
                    Write(text, document.Values[i], depth + 1);
                });
                break;
            case List<object?> list:
                Enclosed(text, '[', ']', list.Count, depth, i => Write(text, list[i], depth + 1));
                break;
            case null:
                text.Append("null");
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case long number:
                text.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            case double number:
                text.Append(CultureInfo.InvariantCulture, $"{number:R}");
                break;
            default:
                Quoted(text, (string)value);
                break;
        }
    }

    private static void Enclosed(StringBuilder text, char open, char close, int count, int? depth, Action<int> write)
    {
        text.Append(open);
        for (var i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : ",");
            NewLine(text, depth + 1);
            write(i);
        }

        if (count > 0)
        {
            NewLine(text, depth);
        }

        text.Append(close);
    }

    private static void NewLine(StringBuilder text, int? depth)
    {
        if (depth is { } levels)
        {
            text.Append('\n').Append(' ', levels * Indent);
        }
    }

    /// <summary>
    /// RFC 8259 wants quotes, backslashes and control characters escaped. So are those controls and line ends that it lets pass (a terminal
    /// takes them for commands), and half a pair, which is no text.
    /// </summary>
    private static void Quoted(StringBuilder text, string value)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                text.Append(c).Append(value[++i]);
                continue;
            }

            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\u2028' or '\u2029' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ when char.IsControl(c) => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ when char.IsSurrogate(c) => text.Append('\uFFFD'),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
