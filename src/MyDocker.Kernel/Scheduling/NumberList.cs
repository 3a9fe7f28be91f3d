using System.Globalization;

namespace MyDocker.Kernel.Scheduling;

/// <summary>Lists of CPUs and memory nodes, "0-3,7" (cpuset(7), "List format"), as the bit masks of system calls.</summary>
public static class NumberList
{
    /// <summary>More CPUs and nodes than any kernel is built for.</summary>
    private const int Limit = 8192;

    /// <summary>The mask in words of 64 bits, no longer than needed; null if the text is no list. Empty text is an empty mask.</summary>
    public static ulong[]? TryParse(string? text)
    {
        var mask = new List<ulong>();
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        foreach (var part in text.Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            var isRange = dash >= 0;
            if (!TryNumber(isRange ? part[..dash] : part, out var first) || !TryNumber(isRange ? part[(dash + 1)..] : part, out var last) || last < first)
            {
                return null;
            }

            for (var number = first; number <= last; number++)
            {
                while (mask.Count <= number / 64)
                {
                    mask.Add(0);
                }

                mask[number / 64] |= 1UL << (number % 64);
            }
        }

        return [.. mask];
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number)
        => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Limit;
}
