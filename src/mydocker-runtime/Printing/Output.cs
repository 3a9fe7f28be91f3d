using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>Standard output, without the Console class, whose streams and encodings cost at a start.</summary>
internal static class Output
{
    public static void Line(string text) => Write(text + "\n");

    public static void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <summary>JSON in runc's layout, two spaces a level, or as many as it has for what is printed.</summary>
    public static void Json<T>(T value, JsonTypeInfo<T> type, int indent = 2)
    {
        using var buffer = Serialize(value, type, new JsonWriterOptions { Indented = true, IndentSize = indent, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Write(buffer);
    }

    /// <summary>JSON in one line.</summary>
    public static void JsonLine<T>(T value, JsonTypeInfo<T> type)
    {
        using var buffer = Serialize(value, type, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Write(buffer);
    }

    /// <summary>Columns as wide as their widest cell, three spaces apart; the last one is not padded.</summary>
    public static void Table(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        const int Narrowest = 9, Gap = 3; // runc's tabwriter: 12 with the gap
        var widths = Enumerable.Range(0, rows[0].Count).Select(column => Math.Max(Narrowest, rows.Max(row => row[column].Length))).ToArray();
        foreach (var row in rows)
        {
            Line(string.Concat(row.Select((cell, column) => column == row.Count - 1 ? cell : cell.PadRight(widths[column] + Gap))));
        }
    }

    internal static MemoryStream Serialize<T>(T value, JsonTypeInfo<T> type, JsonWriterOptions options)
    {
        var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        return buffer;
    }

    private static void Write(MemoryStream buffer)
    {
        buffer.WriteByte((byte)'\n');
        Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>What cannot be written is an error: a caller that reads half an answer must not take it for one.</summary>
    private static void Write(ReadOnlySpan<byte> bytes)
    {
        var errno = Files.TryWrite(Fd.Borrowed(1), bytes);
        if (errno != Errno.None)
        {
            throw new KernelException("write", "standard output", errno);
        }
    }
}
