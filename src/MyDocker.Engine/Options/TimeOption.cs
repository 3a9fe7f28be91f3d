using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>A moment, as docker's --since and --until take it.</summary>
public static class TimeOption
{
    /// <summary>"10m" (that long ago), "1763000000.5" (Unix time) or RFC 3339, whole or in part ("2026-01-31", "2026-01-31T10:00:00"; local time).</summary>
    public static DateTimeOffset Parse(string option, string text)
    {
        if (DurationOption.TryParse(text) is { } ago && text != "0")
        {
            return DateTimeOffset.UtcNow.AddTicks(-ago / 100);
        }

        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 200_000_000_000)
        {
            return DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond));
        }

        string[] formats = ["yyyy-MM-dd", "yyyy-MM-ddTHH", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];
        var shorter = ShortenFraction(text);
        return DateTimeOffset.TryParseExact(shorter, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var moment)
            ? moment
            : throw new OptionException(option, text, "use how long ago (10m, 1h30m), a date such as 2026-01-31T10:00:00Z, or Unix time");
    }

    /// <summary>Nanoseconds, as our own log has them, are more than .NET counts.</summary>
    private static string ShortenFraction(string text)
    {
        var dot = text.IndexOf('.');
        var end = dot + 1;
        while (dot >= 0 && end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return dot >= 0 && end - dot > 8 ? text[..(dot + 8)] + text[end..] : text;
    }
}
