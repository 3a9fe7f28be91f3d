using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>Sizes as docker reads them: bytes, or a number with b, k, m, g, t (powers of 1024; "25mb" and "25MiB" too).</summary>
public static class SizeOption
{
    public const string Grammar = "use bytes or a number with k, m or g, such as 300k or 25m";

    /// <summary>A size above zero, in bytes.</summary>
    /// <exception cref="OptionException">not a size, zero, negative, or more than 2^63.</exception>
    public static long Parse(string option, string text)
    {
        var bytes = Read(option, text);
        return bytes > 0 ? bytes : throw new OptionException(option, text, $"must be more than zero; {Grammar}");
    }

    /// <summary>--memory-swap: memory and swap together; -1 is unlimited, 0 is as if it were not given (null).</summary>
    public static long? ParseSwap(string option, string text)
        => text == "-1" ? -1 : Read(option, text) is > 0 and var bytes ? bytes : null;

    private static long Read(string option, string text)
    {
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.'))
        {
            digits++;
        }

        if (text.StartsWith('-') && text.Length > 1 && char.IsAsciiDigit(text[1]))
        {
            throw new OptionException(option, text, $"must not be negative; {Grammar}");
        }

        var shift = ShiftOf(text.AsSpan(digits));
        if (digits == 0 || shift < 0 || !decimal.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            throw new OptionException(option, text, $"not a size; {Grammar}");
        }

        return number <= (decimal)(long.MaxValue >> shift)
            ? (long)(number * (1L << shift))
            : throw new OptionException(option, text, $"too large; at most {long.MaxValue} bytes can be counted");
    }

    /// <summary>log2 of a unit's bytes; -1 for an unknown unit.</summary>
    private static int ShiftOf(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit is "b" or "B")
        {
            return 0;
        }

        var rest = unit[1..];
        if (!rest.IsEmpty && !rest.Equals("b", StringComparison.OrdinalIgnoreCase) && !rest.Equals("ib", StringComparison.OrdinalIgnoreCase))
        {
            return -1;
        }

        return char.ToLowerInvariant(unit[0]) switch
        {
            'k' => 10,
            'm' => 20,
            'g' => 30,
            't' => 40,
            'p' => 50,
            _ => -1,
        };
    }
}
