using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>Times as Go writes them: 30s, 1m30s, 500ms, 1.5h.</summary>
public static class DurationOption
{
    private const string Grammar = "use a time such as 500ms, 30s or 1m30s";

    /// <summary>Nanoseconds; zero or more.</summary>
    public static long Parse(string option, string text) => TryParse(text) ?? throw new OptionException(option, text, Grammar);

    public static long? TryParse(string text)
    {
        if (text == "0")
        {
            return 0;
        }

        decimal total = 0;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var digits = 0;
            while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
            {
                digits++;
            }

            if (digits == 0 || digits > 15 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            rest = rest[digits..];
            var letters = 0;
            while (letters < rest.Length && char.IsLetter(rest[letters]))
            {
                letters++;
            }

            long? unit = rest[..letters] switch { "ns" => 1, "us" or "µs" => 1000, "ms" => 1_000_000, "s" => 1_000_000_000, "m" => 60_000_000_000, "h" => 3600_000_000_000, _ => null };
            if (unit is null || (total += number * unit.Value) > long.MaxValue)
            {
                return null;
            }

            rest = rest[letters..];
        }

        return text.Length == 0 ? null : (long)total;
    }
}
