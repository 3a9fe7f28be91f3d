using System.Net;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Networks;

/// <summary>A request that fits this host, with what a plan needs to know of the host.</summary>
/// <param name="BridgeIndex">index of the bridge; 0 without one.</param>
/// <param name="Mtu">of the new pair in bytes; 0 for the kernel's default.</param>
public sealed record CheckedNetwork(NetworkRequest Request, int BridgeIndex = 0, int Mtu = 0);

/// <summary>
/// Whether a request fits the host, before anything is made. Costs one or two route lookups and, with a bridge, one link
/// lookup, however many links, addresses and routes the host has.
/// </summary>
public static class NetworkValidator
{
    /// <summary>
    /// Checks a request. Of two host-only starts at once with one address the kernel itself refuses the second
    /// (<see cref="Routes.Add"/>); for those on a bridge the caller makes sure, by recording the address before it looks.
    /// A left-over of the same container (restart) must have been removed before.
    /// </summary>
    /// <param name="host">a socket in the network namespace of the host.</param>
    /// <param name="others">all other containers that have an address, running or about to run.</param>
    /// <exception cref="NetworkException">the conflict and what to do.</exception>
    public static CheckedNetwork Check(NetworkRequest request, NetlinkSocket host, IEnumerable<(string Container, CidrAddress Address)> others)
    {
        if (request.Mode != NetworkMode.Interface)
        {
            return new CheckedNetwork(request);
        }

        var address = request.Address!;
        foreach (var (container, taken) in others)
        {
            if (taken.Address.Equals(address.Address))
            {
                throw new NetworkException($"-a {address}: container {container} has this address; choose another, or remove that container: mydocker rm -f {container}");
            }
        }

        var bridge = request.Bridge is null ? null : FindBridge(request.Bridge, host);
        CheckContainerAddress(address, bridge, host);
        if (request.HostAddress is not null)
        {
            CheckHostAddress(request.HostAddress, host);
        }

        // A port with another MTU would change the MTU of the bridge, and so of everybody on it.
        return new CheckedNetwork(request, bridge?.Index ?? 0, bridge?.Mtu ?? 0);
    }

    private static LinkInfo FindBridge(string name, NetlinkSocket host)
    {
        var link = Links.Find(host, name)
            ?? throw new NetworkException($"bridge {name} does not exist; create it: ip link add {name} type bridge && ip link set {name} up");
        if (link.Kind != "bridge")
        {
            throw new NetworkException($"-b {name}: {name} is not a bridge (it is {link.Kind ?? "a network card"}); plug it into one or create another: ip link add br0 type bridge && ip link set br0 up");
        }

        return link.IsUp ? link : throw new NetworkException($"bridge {name} is down, nothing would pass; switch it on: ip link set {name} up");
    }

    private static void CheckContainerAddress(CidrAddress address, LinkInfo? bridge, NetlinkSocket host)
    {
        if (Match(address.Address, host, $"-a {address}") is not { } route)
        {
            return;
        }

        var problem = route.Type switch
        {
            RtNetlink.RTN_LOCAL => $"{address.Address} is an address of this host ({LinkName(route.Link, host)}); choose another",
            RtNetlink.RTN_BROADCAST => $"{address.Address} is a broadcast address of this host ({LinkName(route.Link, host)}); choose another",
            RtNetlink.RTN_UNICAST when IsDefault(route) || (bridge is not null && route.Link == bridge.Index) => null,
            RtNetlink.RTN_UNICAST when route.PrefixLength == address.Bits =>
                $"another container or program has the address: this host has the route {Describe(route, host)}; choose another address",
            _ => bridge is null
                ? $"it would shadow a route of this host, {Describe(route, host)}: choose an address outside {route.Destination}/{route.PrefixLength}"
                : $"this host reaches it by {Describe(route, host)} and not through bridge {bridge.Name}: choose an address outside {route.Destination}/{route.PrefixLength}, or give the bridge one of that network",
        };
        if (problem is not null)
        {
            throw new NetworkException($"-a {address}: {problem}");
        }
    }

    /// <summary>
    /// The host's end may be an address that the host has already (other containers' ends are just that). Any other must
    /// be nobody's: 192.168.1.1 is the router of many a home network, and taking it would cut the host off.
    /// </summary>
    private static void CheckHostAddress(IPAddress address, NetlinkSocket host)
    {
        if (Match(address, host, $"--host-ip {address}") is { } route && route.Type != RtNetlink.RTN_LOCAL && !IsDefault(route))
        {
            throw new NetworkException($"the host's end {address} would shadow a route of this host, {Describe(route, host)}; choose another address with --host-ip");
        }
    }

    private static RouteInfo? Match(IPAddress address, NetlinkSocket host, string what)
    {
        var route = Routes.Match(host, address, out var errno);
        return errno switch
        {
            Errno.None or Errno.ENETUNREACH => route,
            Errno.EHOSTUNREACH or Errno.EACCES or Errno.EINVAL =>
                throw new NetworkException($"{what}: it would shadow a route of this host (unreachable, prohibit or blackhole): choose an address outside it, see: ip route show match {address}"),
            Errno.EAFNOSUPPORT or Errno.EOPNOTSUPP => throw new NetworkException($"{what}: this kernel has no IPv6; choose an IPv4 address"),
            _ => throw new NetworkException($"{what}: look up the route: {errno.Describe()}"),
        };
    }

    /// <summary>The default route. Two halves of the world do the same (0.0.0.0/1 and 128.0.0.0/1, as VPN clients write it).</summary>
    private static bool IsDefault(RouteInfo route) => route.PrefixLength <= 1;

    private static string Describe(RouteInfo route, NetlinkSocket host)
        => route.Gateway is null ? $"{route.Destination}/{route.PrefixLength} dev {LinkName(route.Link, host)}"
            : $"{route.Destination}/{route.PrefixLength} via {route.Gateway} dev {LinkName(route.Link, host)}";

    private static string LinkName(int index, NetlinkSocket host)
        => index == 0 ? "no interface" : Links.Find(host, index)?.Name ?? $"interface {index}";
}
