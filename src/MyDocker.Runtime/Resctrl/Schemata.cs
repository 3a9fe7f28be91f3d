using System.Globalization;

namespace MyDocker.Runtime.Resctrl;

/// <summary>Lines of a schemata file: "L3:0=7f0;1=1f" is a resource and its share per cache or socket; masks are hexadecimal, "MB" is decimal.</summary>
public static class Schemata
{
    /// <summary>The file gives what the line asks for, however either is written; domains that the line leaves out are free.</summary>
    public static bool Has(string file, string line)
    {
        ArgumentNullException.ThrowIfNull(file);
        var (resource, wanted) = Parse(line);
        foreach (var other in file.Split('\n'))
        {
            var (name, given) = Parse(other);
            if (name == resource)
            {
                return wanted.All(domain => given.TryGetValue(domain.Key, out var share) && share == domain.Value);
            }
        }

        return false;
    }

    /// <summary>The line of a resource; null: there is none.</summary>
    public static string? LineOf(string file, string resource)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith($"{resource}:", StringComparison.Ordinal));
    }

    private static (string Resource, Dictionary<string, string> Shares) Parse(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var resource = colon < 0 ? "" : line[..colon].Trim();
        var shares = new Dictionary<string, string>();
        foreach (var part in line[(colon + 1)..].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            shares[equals < 0 ? part : part[..equals].Trim()] = equals < 0 ? "" : Share(part[(equals + 1)..].Trim());
        }

        return (resource, shares);
    }

    /// <summary>Without what a number may have in front.</summary>
    private static string Share(string text)
    {
        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        return ulong.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value) ? value.ToString("x", CultureInfo.InvariantCulture) : text;
    }
}
