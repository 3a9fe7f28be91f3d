using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>--ulimit NAME=SOFT[:HARD], names and units of getrlimit(2) without their RLIMIT_.</summary>
public static class LimitOption
{
    private static readonly string[] s_names =
    [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio", "rttime", "sigpending", "stack",
    ];

    public static UlimitOption Parse(string option, string text)
    {
        var equals = text.IndexOf('=');
        if (equals <= 0)
        {
            throw new OptionException(option, text, "use NAME=SOFT[:HARD], such as nofile=1024:2048");
        }

        var name = text[..equals].ToLowerInvariant();
        if (Array.IndexOf(s_names, name) < 0)
        {
            throw new OptionException(option, text, $"there is no limit \"{name}\"; there are {string.Join(", ", s_names)}");
        }

        var values = text[(equals + 1)..].Split(':');
        if (values.Length > 2)
        {
            throw new OptionException(option, text, "use NAME=SOFT[:HARD], such as nofile=1024:2048");
        }

        var soft = Value(option, text, values[0]);
        var hard = values.Length == 2 ? Value(option, text, values[1]) : soft;
        return soft <= hard
            ? new UlimitOption("RLIMIT_" + name.ToUpperInvariant(), soft, hard)
            : throw new OptionException(option, text, $"the soft limit {values[0]} must not be above the hard limit {values[1]}");
    }

    private static ulong Value(string option, string text, string value)
        => value is "-1" or "unlimited" ? ulong.MaxValue
            : ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new OptionException(option, text, $"\"{value}\" is not a number; use a whole number, or -1 for unlimited");
}
