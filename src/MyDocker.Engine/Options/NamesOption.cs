using System.Net;
using MyDocker.Kernel.Capabilities;

namespace MyDocker.Engine.Options;

/// <summary>Names that people give: of containers, hosts, labels, capabilities.</summary>
public static class NamesOption
{
    /// <summary>--name: docker's rule, [a-zA-Z0-9][a-zA-Z0-9_.-]+.</summary>
    public static string ParseName(string option, string text)
    {
        const string Rule = "use two or more letters, digits, '_', '.' and '-', the first of them a letter or digit";
        if (text.Length is < 2 or > 128 || !char.IsAsciiLetterOrDigit(text[0]))
        {
            throw new OptionException(option, text, text.Length > 128 ? "longer than 128 characters" : Rule);
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
            {
                throw new OptionException(option, text, Rule);
            }
        }

        return text;
    }

    /// <summary>-h: a host name of 1 to 64 characters (sethostname(2)), with or without a domain.</summary>
    public static string ParseHostname(string option, string text)
    {
        if (text.Length is 0 or > 64)
        {
            throw new OptionException(option, text, "a host name has 1 to 64 characters");
        }

        foreach (var part in text.Split('.'))
        {
            if (part.Length == 0 || part[0] == '-' || part[^1] == '-' || part.AsSpan().ContainsAnyExcept(HostCharacters))
            {
                throw new OptionException(option, text, "not a host name; use letters, digits and '-', with '.' between parts");
            }
        }

        return text;
    }

    /// <summary>--add-host HOST:IP or HOST=IP, as "HOST:IP"; the word host-gateway stays, for it is known only with the network.</summary>
    public static string ParseExtraHost(string option, string text)
    {
        var split = text.IndexOf('=') is > 0 and var equals ? equals : text.IndexOf(':');
        if (split <= 0)
        {
            throw new OptionException(option, text, "use HOST:IP, such as db:192.168.2.4");
        }

        var (host, address) = (text[..split], text[(split + 1)..]);
        if (address.Length > 2 && address[0] == '[' && address[^1] == ']')
        {
            address = address[1..^1];
        }

        ParseHostname(option, host);
        if (address == "host-gateway")
        {
            return $"{host}:{address}";
        }

        return $"{host}:{ParseAddress(option, text, address)}";
    }

    /// <summary>--dns: an IP address.</summary>
    public static string ParseDns(string option, string text) => ParseAddress(option, text, text);

    /// <summary>-l KEY[=VALUE].</summary>
    public static KeyValuePair<string, string> ParseLabel(string option, string text)
    {
        var equals = text.IndexOf('=');
        return equals == 0 || text.Length == 0
            ? throw new OptionException(option, text, "the key is missing; use KEY or KEY=VALUE")
            : equals < 0 ? new(text, "") : new(text[..equals], text[(equals + 1)..]);
    }

    /// <summary>--cap-add, --cap-drop: "net_raw" and "CAP_NET_RAW" are "CAP_NET_RAW"; "ALL" stays.</summary>
    public static string ParseCapability(string option, string text)
    {
        var name = text.ToUpperInvariant();
        if (name is "ALL" or "CAP_ALL")
        {
            return "ALL";
        }

        name = name.StartsWith("CAP_", StringComparison.Ordinal) ? name : "CAP_" + name;
        return Capability.NumberOf(name) >= 0
            ? name
            : throw new OptionException(option, text, "no such capability; see capabilities(7) for their names, such as NET_ADMIN; ALL is all of them");
    }

    private static System.Buffers.SearchValues<char> HostCharacters
        => field ??= System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    // IPAddress reads "1" and "0x7f.1" as addresses, as inet_aton(3) does; nobody who writes them here means that.
    private static string ParseAddress(string option, string text, string address)
        => IPAddress.TryParse(address, out var ip) && (address.Contains(':') || address.Split('.').Length == 4) && !address.Contains('%')
            ? ip.ToString()
            : throw new OptionException(option, text, $"\"{address}\" is not an IP address");
}
