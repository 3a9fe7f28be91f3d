using System.Globalization;

namespace MyDocker.RuntimeCli.Grammar;

/// <summary>Sizes as runc and docker read them: "1048576", "100M", "1.5g", "64KiB", all in powers of 1024.</summary>
internal static class ByteSize
{
    public static bool TryParse(string text, out long size)
    {
        size = 0;
        var number = text.AsSpan().TrimEnd();
        var lower = text.Trim().ToLowerInvariant();
        var end = lower.Length;
        if (lower.EndsWith("ib", StringComparison.Ordinal))
        {
            end -= 2;
        }
        else if (lower.EndsWith('b'))
        {
            end--;
        }

        var unit = end > 0 ? "kmgtp".IndexOf(lower[end - 1], StringComparison.Ordinal) : -1;
        if (unit < 0 && lower.EndsWith("ib", StringComparison.Ordinal))
        {
            return false; // "5ib"
        }

        number = number[..(unit < 0 ? end : end - 1)].Trim();
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value < 0)
        {
            return false;
        }

        try
        {
            size = (long)(value * (1L << (10 * (unit + 1))));
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }
}
