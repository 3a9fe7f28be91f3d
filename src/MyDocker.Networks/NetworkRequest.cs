using System.Net;
using MyDocker.Kernel.Netlink;

namespace MyDocker.Networks;

/// <summary>What network a container gets.</summary>
public enum NetworkMode
{
    /// <summary>A network namespace of its own with nothing but lo.</summary>
    None,

    /// <summary>The network namespace of the host.</summary>
    Host,

    /// <summary>A network namespace of its own with lo and eth0, which has a fixed address.</summary>
    Interface,
}

/// <summary>
/// The network that the user asked for. <c>-a IP/mask</c> alone is a host-only network: host and container reach each
/// other, containers do not reach each other. With <c>-b BRIDGE</c> the container is plugged into that bridge.
/// </summary>
/// <param name="Address">address of eth0; null unless the mode is Interface.</param>
/// <param name="Bridge">the bridge of the host to plug into; null for host-only.</param>
/// <param name="HostAddress">address of the host's end of a host-only network; null otherwise.</param>
/// <param name="Mac">address of eth0; null: made from the IP address.</param>
public sealed record NetworkRequest(NetworkMode Mode, CidrAddress? Address = null, string? Bridge = null, IPAddress? HostAddress = null, MacAddress? Mac = null)
{
    /// <summary>The host's end of a host-only IPv4 network, as in the original system.</summary>
    public const string DefaultHostAddress = "192.168.1.1";

    public static NetworkRequest None { get; } = new(NetworkMode.None);

    public bool IsHostOnly => Mode == NetworkMode.Interface && Bridge is null;

    /// <summary>Reads the options of the command line, null for each that was not given, and checks all that can be checked without the host.</summary>
    /// <param name="network">--network: none or host.</param>
    /// <param name="ip">-a, --ip: IP/mask.</param>
    /// <param name="bridge">-b, --bridge.</param>
    /// <param name="hostIp">--host-ip.</param>
    /// <param name="mac">--mac-address.</param>
    /// <exception cref="NetworkException">says which option is wrong and what would be right.</exception>
    public static NetworkRequest Parse(string? network = null, string? ip = null, string? bridge = null, string? hostIp = null, string? mac = null)
    {
        if (network is not (null or "none" or "host"))
        {
            throw new NetworkException($"--network {network}: no such network; use none or host, or give the container an address with -a IP/mask");
        }

        if (ip is null)
        {
            return bridge is not null ? throw new NetworkException($"-b {bridge} needs -a: nothing assigns addresses on a bridge; give the container one, for example -a 192.168.2.2/24")
                : hostIp is not null ? throw new NetworkException($"--host-ip {hostIp} needs -a: without an address the container has no interface")
                : mac is not null ? throw new NetworkException($"--mac-address {mac} needs -a: without an address the container has no interface")
                : new NetworkRequest(network == "host" ? NetworkMode.Host : NetworkMode.None);
        }

        if (network is not null)
        {
            throw new NetworkException($"--network {network} and -a {ip} exclude each other: leave one of them out");
        }

        var address = ParseContainerAddress(ip);
        if (bridge is not null && !Links.IsValidName(bridge))
        {
            throw new NetworkException($"-b {bridge}: not the name of an interface (1 to {Links.NameLimit} characters without blanks, / and :)");
        }

        if (bridge is not null && hostIp is not null)
        {
            throw new NetworkException($"--host-ip {hostIp} and -b {bridge} exclude each other: with a bridge the host has the address of the bridge");
        }

        return new NetworkRequest(NetworkMode.Interface, address, bridge, bridge is null ? ParseHostAddress(hostIp, address) : null, ParseMac(mac));
    }

    private static CidrAddress ParseContainerAddress(string ip)
    {
        if (!CidrAddress.TryParse(ip, out var address))
        {
            throw new NetworkException($"-a {ip}: not an address with a prefix; write IP/mask, for example 192.168.1.2/24");
        }

        if (address!.PrefixLength == 0)
        {
            throw new NetworkException($"-a {ip}: a prefix of 0 would make eth0 the way to every address; use 1 to {address.Bits}");
        }

        return (AddressRules.Objection(address.Address) ?? AddressRules.Objection(address.Address, address)) is { } objection
            ? throw new NetworkException($"-a {ip}: {address.Address} is {objection}; choose the address of one host")
            : address;
    }

    private static IPAddress ParseHostAddress(string? text, CidrAddress container)
    {
        if (text is null && container.IsIPv6)
        {
            throw new NetworkException($"-a {container}: a host-only IPv6 network needs the host's address too; give it with --host-ip, for example --host-ip fd00::1");
        }

        var given = text ?? DefaultHostAddress;
        var host = CidrAddress.ParseAddress(given)
            ?? throw new NetworkException($"--host-ip {given}: not an IP address; write it without a prefix, for example {DefaultHostAddress}");
        if (host.AddressFamily != container.Address.AddressFamily)
        {
            throw new NetworkException($"--host-ip {given}: not of the same family as the address of the container, {container}");
        }

        if (host.Equals(container.Address))
        {
            throw new NetworkException($"-a {container}: {host} is the host's own end of the network; choose another address for the container, or another end with --host-ip");
        }

        return (AddressRules.Objection(host) ?? AddressRules.Objection(host, container)) is { } objection
            ? throw new NetworkException($"--host-ip {given}: it is {objection}; choose the address of one host with --host-ip")
            : host;
    }

    private static MacAddress? ParseMac(string? text)
        => text is null ? null
            : !MacAddress.TryParse(text, out var mac) ? throw new NetworkException($"--mac-address {text}: not a MAC address; write six bytes, for example 02:42:c0:a8:01:02")
            : mac.IsMulticast || mac.Value == 0 ? throw new NetworkException($"--mac-address {text}: not the address of one interface (multicast or zero); for example 02:42:c0:a8:01:02")
            : mac;
}
