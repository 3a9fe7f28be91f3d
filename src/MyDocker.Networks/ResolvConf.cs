using System.Net;
using System.Text;

namespace MyDocker.Networks;

/// <summary>What the user said about name resolution; empty lists where nothing was said.</summary>
/// <param name="Servers">--dns.</param>
/// <param name="Search">--dns-search; a single "." means no search list.</param>
/// <param name="Options">--dns-option.</param>
public sealed record DnsRequest(IReadOnlyList<IPAddress> Servers, IReadOnlyList<string> Search, IReadOnlyList<string> Options)
{
    public static DnsRequest Empty { get; } = new([], [], []);

    /// <exception cref="NetworkException">names the option that is wrong.</exception>
    public static DnsRequest Parse(IReadOnlyList<string> servers, IReadOnlyList<string> search, IReadOnlyList<string> options)
    {
        foreach (var (name, words) in new[] { ("--dns-search", search), ("--dns-option", options) })
        {
            foreach (var word in words)
            {
                if (word.Length == 0 || word.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
                {
                    throw new NetworkException($"{name} {word}: must be one word");
                }
            }
        }

        var addresses = new IPAddress[servers.Count];
        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = CidrAddress.ParseAddress(servers[i]) ?? throw new NetworkException($"--dns {servers[i]}: not an IP address");
        }

        return new DnsRequest(addresses, search, options);
    }
}

/// <summary>The text of /etc/resolv.conf in a container (resolv.conf(5)).</summary>
public static class ResolvConf
{
    /// <summary>Where systemd-resolved lists the real servers of the host.</summary>
    public const string SystemdPath = "/run/systemd/resolve/resolv.conf";

    /// <summary>
    /// Whether the host's /etc/resolv.conf knows only systemd-resolved's stub, 127.0.0.53: then <see cref="SystemdPath"/>
    /// is what to copy.
    /// </summary>
    public static bool IsSystemdStub(string hostText)
    {
        var servers = 0;
        foreach (var line in hostText.AsSpan().EnumerateLines())
        {
            if (Key(line) is "nameserver")
            {
                servers++;
                if (!Value(line).SequenceEqual("127.0.0.53"))
                {
                    return false;
                }
            }
        }

        return servers > 0;
    }

    /// <summary>
    /// The host's file without servers on a loopback address (inside, loopback is the container's own) and, unless the
    /// container has IPv6, without IPv6 servers; what <paramref name="request"/> gives replaces lines of its kind. If no
    /// server is left there is none: unlike docker, which puts 8.8.8.8 there, nobody is asked whom the user did not name.
    /// </summary>
    /// <param name="sharesHost">--network host: the host's servers all work, loopback ones too.</param>
    public static string Build(string hostText, DnsRequest request, bool hasIPv6, bool sharesHost = false)
    {
        var text = new StringBuilder();
        foreach (var line in hostText.AsSpan().EnumerateLines())
        {
            var keep = Key(line) switch
            {
                "nameserver" => request.Servers.Count == 0 && (sharesHost || Reaches(Value(line), hasIPv6)),
                "search" or "domain" => request.Search.Count == 0,
                "options" => request.Options.Count == 0,
                _ => !line.Trim().IsEmpty,
            };
            if (keep)
            {
                text.Append(line).Append('\n');
            }
        }

        if (request.Search is not ([] or ["."]))
        {
            text.Append("search ").AppendJoin(' ', request.Search).Append('\n');
        }

        foreach (var server in request.Servers)
        {
            text.Append("nameserver ").Append(server).Append('\n');
        }

        if (request.Options.Count > 0)
        {
            text.Append("options ").AppendJoin(' ', request.Options).Append('\n');
        }

        return text.ToString();
    }

    private static bool Reaches(ReadOnlySpan<char> server, bool hasIPv6)
    {
        // A zone ("fe80::1%eth0") names an interface of the host.
        return CidrAddress.ParseAddress(server) is { } address && !IPAddress.IsLoopback(address)
            && (hasIPv6 || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6);
    }

    private static ReadOnlySpan<char> Key(ReadOnlySpan<char> line)
    {
        line = line.TrimStart();
        var end = line.IndexOfAny(' ', '\t');
        return end < 0 ? line : line[..end];
    }

    /// <summary>The first word after the key.</summary>
    private static ReadOnlySpan<char> Value(ReadOnlySpan<char> line) => Key(line.TrimStart()[Key(line).Length..]);
}
