using System.Globalization;
using System.Text;
using System.Text.Json;
using MyDocker.Engine.Attach;

namespace MyDocker.Engine.Logs;

/// <summary>A line of output, or a piece of a very long one.</summary>
/// <param name="Time">as it stands in the file: RFC 3339 with nanoseconds.</param>
public readonly record struct LogRecord(OutputStream Stream, string TimeText, DateTimeOffset Time, string Text)
{
    /// <summary>null for what is no record: half of one, or a damaged file.</summary>
    internal static LogRecord? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            string? text = null, stream = null, time = null;
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                if (reader.ValueTextEquals("log"u8))
                {
                    text = Next(ref reader);
                }
                else if (reader.ValueTextEquals("stream"u8))
                {
                    stream = Next(ref reader);
                }
                else if (reader.ValueTextEquals("time"u8))
                {
                    time = Next(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }

            return text is null || time is null || !DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
                ? null
                : new LogRecord(stream == "stderr" ? OutputStream.Stderr : OutputStream.Stdout, time, moment, text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString();
    }
}
