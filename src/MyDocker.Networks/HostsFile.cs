using System.Net;
using System.Text;

namespace MyDocker.Networks;

/// <summary>One line for /etc/hosts.</summary>
public sealed record HostEntry(string Name, IPAddress Address);

/// <summary>The text of /etc/hosts in a container, as docker writes it.</summary>
public static class HostsFile
{
    /// <summary>The word that stands for the host's address in --add-host.</summary>
    public const string HostGateway = "host-gateway";

    private const string Localhost = """
        127.0.0.1	localhost
        ::1	localhost ip6-localhost ip6-loopback
        fe00::	ip6-localnet
        ff00::	ip6-mcastprefix
        ff02::1	ip6-allnodes
        ff02::2	ip6-allrouters

        """;

    /// <summary>
    /// localhost, then what --add-host gave, in its order, then the container's own name with its address.
    /// </summary>
    /// <param name="own">the container's address; null without an interface: then the name has no line, as in docker.</param>
    /// <param name="hostname">may have a domain: "web.example.org" is also known as "web".</param>
    /// <param name="baseText">the host's own file for --network host; null: localhost as above.</param>
    public static string Build(string hostname, IPAddress? own, IReadOnlyList<HostEntry> added, string? baseText = null)
    {
        var text = new StringBuilder(baseText ?? Localhost);
        if (text.Length > 0 && text[^1] != '\n')
        {
            text.Append('\n');
        }

        foreach (var entry in added)
        {
            text.Append(entry.Address).Append('\t').Append(entry.Name).Append('\n');
        }

        if (own is not null)
        {
            text.Append(own).Append('\t').Append(hostname);
            var dot = hostname.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0)
            {
                text.Append(' ').Append(hostname.AsSpan(0, dot));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Reads --add-host: NAME:IP or NAME=IP, an IPv6 address also in brackets, or NAME:host-gateway.</summary>
    /// <param name="hostGateway">the host's address on the container's network; null if it has none.</param>
    /// <exception cref="NetworkException">says what is wrong with it.</exception>
    public static HostEntry ParseAddHost(string option, IPAddress? hostGateway)
    {
        var separator = option.IndexOfAny([':', '=']);
        if (separator <= 0)
        {
            throw new NetworkException($"--add-host {option}: write NAME:IP, for example db:192.168.2.4");
        }

        var name = option[..separator];
        if (name.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0 || name.Contains('#', StringComparison.Ordinal))
        {
            throw new NetworkException($"--add-host {option}: {name} is not a host name");
        }

        var value = option[(separator + 1)..];
        if (value == HostGateway)
        {
            return new HostEntry(name, hostGateway ?? throw new NetworkException($"--add-host {option}: the host has no address on the network of this container; give the address itself"));
        }

        var bare = value is ['[', .., ']'] ? value[1..^1] : value;
        return new HostEntry(name, CidrAddress.ParseAddress(bare) ?? throw new NetworkException($"--add-host {option}: {value} is not an IP address"));
    }
}
