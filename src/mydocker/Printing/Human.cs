using System.Globalization;

namespace MyDocker.Cli.Printing;

/// <summary>Ages, sizes and ids in docker's words.</summary>
internal static class Human
{
    public const int ShortId = 12;

    /// <summary>"Less than a second", "3 minutes", "About an hour", "2 weeks".</summary>
    public static string Age(TimeSpan age)
    {
        var (seconds, minutes, hours) = ((long)age.TotalSeconds, (long)age.TotalMinutes, (long)Math.Round(age.TotalHours));
        return seconds < 1 ? "Less than a second"
            : seconds == 1 ? "1 second"
            : seconds < 60 ? $"{seconds} seconds"
            : minutes == 1 ? "About a minute"
            : minutes < 60 ? $"{minutes} minutes"
            : hours == 1 ? "About an hour"
            : hours < 48 ? $"{hours} hours"
            : hours < 24 * 7 * 2 ? $"{hours / 24} days"
            : hours < 24 * 30 * 2 ? $"{hours / 24 / 7} weeks"
            : hours < 24 * 365 * 2 ? $"{hours / 24 / 30} months"
            : $"{hours / 24 / 365} years";
    }

    public static string Ago(DateTimeOffset time) => Age(DateTimeOffset.UtcNow - time) + " ago";

    /// <summary>Bytes in powers of 1000 with three digits: "77.8MB".</summary>
    public static string Size(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1000 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1000, unit + 1);
        }

        return Digits(value, "G3") + units[unit];
    }

    /// <summary>Bytes in powers of 1024 with four digits: "1.953GiB", as docker shows memory.</summary>
    public static string BinarySize(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1024 && unit < units.Length - 1)
        {
            (value, unit) = (value / 1024, unit + 1);
        }

        return Digits(value, "G4") + units[unit];
    }

    private static string Digits(double value, string format)
        => value.ToString(format, CultureInfo.InvariantCulture) is var text && text.Contains('E') ? Math.Round(value).ToString(CultureInfo.InvariantCulture) : text;

    /// <summary>The 12 digits that docker shows of "sha256:…" or of a container's id.</summary>
    public static string Id(string id, bool whole = false)
    {
        if (whole)
        {
            return id;
        }

        var digits = id.StartsWith("sha256:", StringComparison.Ordinal) ? id["sha256:".Length..] : id;
        return digits.Length > ShortId ? digits[..ShortId] : digits;
    }
}
