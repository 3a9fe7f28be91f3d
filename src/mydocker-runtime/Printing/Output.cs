using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>Standard output, without the Console class, whose streams and encodings cost at a start.</summary>
internal static class Output
{
    public static void Line(string text) => Write(text + "\n");

    public static void Write(string text) => Files.TryWrite(Fd.Borrowed(1), Encoding.UTF8.GetBytes(text));

    /// <summary>JSON in runc's layout, two spaces a level.</summary>
    public static void Json<T>(T value, JsonTypeInfo<T> type)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        buffer.WriteByte((byte)'\n');
        Files.TryWrite(Fd.Borrowed(1), buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
