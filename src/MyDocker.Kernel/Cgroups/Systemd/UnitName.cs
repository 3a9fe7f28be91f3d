using System.Text;

namespace MyDocker.Kernel.Cgroups.Systemd;

/// <summary>Names of units and slices, and where systemd puts their cgroups (systemd.unit(5), systemd.slice(5)).</summary>
public static class UnitName
{
    /// <summary>
    /// The path of a slice: "-" nests, so "a-b.slice" is "/a.slice/a-b.slice"; "-.slice" is the root. Throws
    /// <see cref="ArgumentException"/> for what is no name of a slice.
    /// </summary>
    public static string ExpandSlice(string slice)
    {
        const string Suffix = ".slice";
        if (slice.Length <= Suffix.Length || !slice.EndsWith(Suffix, StringComparison.Ordinal) || slice.Contains('/'))
        {
            throw new ArgumentException($"\"{slice}\" is not the name of a slice: give a name such as user.slice");
        }

        var name = slice[..^Suffix.Length];
        if (name == "-")
        {
            return "/";
        }

        var path = new StringBuilder();
        var prefix = "";
        foreach (var part in name.Split('-'))
        {
            if (part.Length == 0)
            {
                throw new ArgumentException($"\"{slice}\" is not the name of a slice: nothing stands between two dashes");
            }

            path.Append('/').Append(prefix).Append(part).Append(Suffix);
            prefix += part + "-";
        }

        return path.ToString();
    }

    /// <summary>What systemd does not take in a name becomes \xNN, as systemd-escape(1) writes it.</summary>
    public static string Escape(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)c) || c is (byte)':' or (byte)'-' or (byte)'_' or (byte)'.' or (byte)'@' or (byte)'\\')
            {
                text.Append((char)c);
            }
            else
            {
                text.Append($"\\x{c:x2}");
            }
        }

        return text.ToString();
    }

    /// <summary>"1,3-5" as the little-endian bit mask of AllowedCPUs. Throws <see cref="FormatException"/>.</summary>
    public static byte[] Mask(string list)
    {
        const int Most = 8192;
        var mask = new List<byte>();
        foreach (var range in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var dash = range.IndexOf('-');
            var first = Number(dash < 0 ? range : range[..dash], range);
            var last = dash < 0 ? first : Number(range[(dash + 1)..], range);
            if (first > last)
            {
                throw new FormatException($"\"{range}\" ends before it begins");
            }

            for (var i = first; i <= last; i++)
            {
                while (mask.Count <= i / 8)
                {
                    mask.Add(0);
                }

                mask[i / 8] |= (byte)(1 << (i % 8));
            }
        }

        return mask.Count > 0 ? [.. mask] : throw new FormatException($"\"{list}\" is empty");

        static int Number(string text, string range)
            => int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number < Most ? number
                : throw new FormatException($"\"{range}\" is not a number or a range of numbers below {Most}");
    }
}
