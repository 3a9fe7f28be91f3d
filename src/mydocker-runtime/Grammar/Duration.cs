using System.Globalization;

namespace MyDocker.RuntimeCli.Grammar;

/// <summary>Lengths of time as Go's programs read them: "5s", "1m30s", "1.5h", "100ms".</summary>
internal static class Duration
{
    private static readonly (string Unit, double Milliseconds)[] s_units = [("ns", 1e-6), ("us", 1e-3), ("µs", 1e-3), ("μs", 1e-3), ("ms", 1), ("s", 1e3), ("m", 60e3), ("h", 3600e3)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan();
        var milliseconds = 0.0;
        if (text is "0")
        {
            return true;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9') is var first && first >= 0 && rest[first] == '.'
                ? rest[(first + 1)..].IndexOfAnyExceptInRange('0', '9') is >= 0 and var second ? first + 1 + second : -1
                : first;
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..];
            var length = rest.IndexOfAnyInRange('0', '9') is >= 0 and var next ? next : rest.Length;
            var unit = rest[..length].ToString();
            var known = Array.Find(s_units, entry => entry.Unit == unit);
            if (known.Unit is null)
            {
                return false;
            }

            milliseconds += number * known.Milliseconds;
            rest = rest[length..];
        }

        if (milliseconds > int.MaxValue)
        {
            return false;
        }

        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }
}
