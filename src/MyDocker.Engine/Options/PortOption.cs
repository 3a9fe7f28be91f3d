using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>Ports as docker writes them: "80", "80/udp", "8000-8010/tcp".</summary>
public static class PortOption
{
    /// <summary>--expose, each port of a range as "80/tcp".</summary>
    public static List<string> ParseRange(string option, string text)
    {
        var (numbers, protocol) = Split(option, text);
        var dash = numbers.IndexOf('-');
        var (first, last) = (Number(option, text, dash < 0 ? numbers : numbers[..dash]), Number(option, text, numbers[(dash + 1)..]));
        return first <= last
            ? [.. Enumerable.Range(first, last - first + 1).Select(port => string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}"))]
            : throw new OptionException(option, text, "the range goes backwards");
    }

    /// <summary>One port, as "80/tcp".</summary>
    public static string Parse(string option, string text)
    {
        var (number, protocol) = Split(option, text);
        return string.Create(CultureInfo.InvariantCulture, $"{Number(option, text, number)}/{protocol}");
    }

    private static (string Numbers, string Protocol) Split(string option, string text)
    {
        var slash = text.IndexOf('/');
        var protocol = slash < 0 ? "tcp" : text[(slash + 1)..].ToLowerInvariant();
        return protocol is "tcp" or "udp" or "sctp" ? (slash < 0 ? text : text[..slash], protocol)
            : throw new OptionException(option, text, "the protocol is tcp, udp or sctp");
    }

    private static int Number(string option, string text, string number)
        => ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port
            : throw new OptionException(option, text, "a port is a number from 1 to 65535");
}
