using System.Net;

namespace MyDocker.Networks;

/// <summary>Which addresses an interface may have at all, whatever the host looks like.</summary>
internal static class AddressRules
{
    // RFC 6890 and its registries: what can never be the address of one host.
    private static readonly (string Network, string Reason)[] Special =
    [
        ("0.0.0.0/8", "an unspecified address"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("::ffff:0.0.0.0/96", "an IPv4-mapped address"),
        ("fe80::/10", "a link-local address"),
        ("ff00::/8", "a multicast address"),
    ];

    /// <summary>"a loopback address" and the like; null if the address may be that of a host.</summary>
    public static string? Objection(IPAddress address)
    {
        foreach (var (text, reason) in Special)
        {
            if (CidrAddress.TryParse(text, out var network) && network!.Contains(address))
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>
    /// "the network address of 10.0.0.0/24" and the like, if an address stands for a whole network; null otherwise. A
    /// /31 (RFC 3021), /32, /127 (RFC 6164) or /128 has no such address.
    /// </summary>
    public static string? Objection(IPAddress address, CidrAddress network)
    {
        if (network.PrefixLength >= network.Bits - 1 || !network.Contains(address))
        {
            return null;
        }

        return address.Equals(network.Network) ? $"the {(network.IsIPv6 ? "router anycast" : "network")} address of {network.Network}/{network.PrefixLength}"
            : !network.IsIPv6 && address.Equals(network.Last) ? $"the broadcast address of {network.Network}/{network.PrefixLength}"
            : null;
    }
}
