using System.Net;
using MyDocker.Kernel.Netlink;

namespace MyDocker.Networks;

/// <summary>
/// The set-up of one container's network as data: a printable list of steps, which <see cref="Run"/> carries out with one
/// netlink datagram in the container's network namespace and one on the host (and a look at the result).
/// </summary>
/// <remarks>
/// Host-only. On the host, every pair has the host's address (192.168.1.1) as a /32 on its end and a route to just the
/// one address of its container, so any number of containers live side by side, in whichever subnets, and the strict
/// reverse path filter (rp_filter=1), arp_ignore and arp_filter are satisfied at both ends. In the container there is the
/// address with its subnet and a route to the host's address; no default route, since host-only means that nothing else
/// is to be reached. Two containers do not reach each other, not even in one subnet: each asks for the other on its own
/// pair, where only the host is. Use a bridge for that.
///
/// Bridge. The host's end is a port of the bridge, and eth0 has the address. No default route: the container reaches
/// what is on the bridge.
///
/// IPv6. The interface gets what was asked for and nothing that the network may offer: with an IPv4 address IPv6 is off
/// on eth0 and on the host's end (CVE-2024-32473), with an IPv6 one router advertisements are refused (CVE-2020-13401).
/// </remarks>
public sealed class NetworkPlan
{
    /// <summary>Index of eth0 in the container. Above those of the tunnels that some kernels put into every new namespace.</summary>
    internal const int ContainerIndex = 100;

    /// <summary>Number of steps at the front that run inside.</summary>
    internal readonly int InContainer;
    internal readonly NetworkStep[] Steps;
    internal readonly CheckedNetwork Network;
    internal readonly string Alias = "";
    internal readonly MacAddress HostMac;
    internal readonly MacAddress ContainerMac;

    private NetworkPlan(CheckedNetwork network, string containerName, string containerId)
    {
        Network = network;
        Steps = StepsOf(network.Request);
        InContainer = Steps.AsSpan().IndexOf(NetworkStep.SettleHostIPv6) is var first and >= 0 ? first : Steps.Length;
        if (network.Request.Mode == NetworkMode.Interface)
        {
            HostEnd = ContainerLink.HostEnd(containerName, containerId);
            Alias = ContainerLink.Alias(containerName, containerId);
            HostMac = ContainerLink.HostMac(containerId);
            ContainerMac = network.Request.Mac ?? ContainerLink.ContainerMac(Address.Address);
        }
    }

    /// <summary>
    /// Name of the link that the plan makes on the host, to be recorded before it runs and given to
    /// <see cref="NetworkTeardown.Remove"/> in the end; null if it makes none.
    /// </summary>
    public string? HostEnd { get; }

    internal CidrAddress Address => Network.Request.Address!;

    internal IPAddress HostAddress => Network.Request.HostAddress!;

    /// <param name="network">from <see cref="NetworkValidator.Check"/>.</param>
    /// <param name="containerId">hexadecimal, 8 digits or more; the names on the host come from it.</param>
    public static NetworkPlan For(CheckedNetwork network, string containerName, string containerId) => new(network, containerName, containerId);

    /// <summary>The steps in words, one line each.</summary>
    public IReadOnlyList<string> Describe() => Array.ConvertAll(Steps, Describe);

    /// <summary>
    /// Carries the plan out. If a step fails, nothing is left; if the process dies half way,
    /// <see cref="NetworkTeardown.Remove"/> takes away what there is. The calling thread must be in the namespace of the
    /// host, be the only one of the process (<see cref="NetworkNamespace.Visit"/>), and have CAP_NET_ADMIN and CAP_SYS_ADMIN.
    /// </summary>
    /// <param name="host">a socket in the network namespace of the host; may be null if <see cref="HostEnd"/> is.</param>
    /// <param name="netnsFd">network namespace of the container, /proc/PID/ns/net.</param>
    /// <exception cref="NetworkException">names the step.</exception>
    public void Run(NetlinkSocket? host, int netnsFd)
    {
        if (Steps.Length > 0)
        {
            new NetworkRun(this).Run(host, netnsFd);
        }
    }

    internal string Describe(NetworkStep step) => step switch
    {
        NetworkStep.SettleContainerIPv6 => Address.IsIPv6 ? "refuse router advertisements in the container" : "turn IPv6 off for eth0 in the container",
        NetworkStep.CreatePair => $"create veth pair {HostEnd} ↔ {ContainerLink.ContainerEnd} in the container{(Network.Mtu > 0 ? $", mtu {Network.Mtu}" : "")}",
        NetworkStep.AliasContainerEnd => $"set alias of {ContainerLink.ContainerEnd} in the container to {Alias}",
        NetworkStep.LoopbackUp => "set lo up in the container",
        NetworkStep.AddContainerAddress => $"add address {Address} to {ContainerLink.ContainerEnd} in the container",
        NetworkStep.AddRouteToHost => $"add route {HostAddress}/{Address.Bits} dev {ContainerLink.ContainerEnd} in the container",
        NetworkStep.SettleHostIPv6 => HostEndNeedsIPv6 ? $"refuse router advertisements on {HostEnd}" : $"turn IPv6 off on {HostEnd}",
        NetworkStep.PlugIntoBridge => $"plug {HostEnd} into bridge {Network.Request.Bridge}",
        NetworkStep.HostEndUp => $"set {HostEnd} up, alias {Alias}",
        NetworkStep.AddHostAddress => $"add address {HostAddress}/{Address.Bits} to {HostEnd}",
        NetworkStep.AddRouteToContainer => $"add route {Address.Address}/{Address.Bits} dev {HostEnd} src {HostAddress}",
        NetworkStep.AwaitCarrier => $"wait until {ContainerLink.ContainerEnd} in the container passes packets",
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    /// <summary>A port of a bridge has no use for IPv6 of its own.</summary>
    internal bool HostEndNeedsIPv6 => Address.IsIPv6 && Network.Request.IsHostOnly;

    private static NetworkStep[] StepsOf(NetworkRequest request) => request switch
    {
        { Mode: NetworkMode.Host } => [],
        { Mode: NetworkMode.None } => [NetworkStep.LoopbackUp],
        { Bridge: not null } =>
        [
            NetworkStep.SettleContainerIPv6, NetworkStep.CreatePair, NetworkStep.AliasContainerEnd, NetworkStep.LoopbackUp, NetworkStep.AddContainerAddress,
            NetworkStep.SettleHostIPv6, NetworkStep.PlugIntoBridge, NetworkStep.HostEndUp, NetworkStep.AwaitCarrier,
        ],
        _ =>
        [
            NetworkStep.SettleContainerIPv6, NetworkStep.CreatePair, NetworkStep.AliasContainerEnd, NetworkStep.LoopbackUp, NetworkStep.AddContainerAddress, NetworkStep.AddRouteToHost,
            NetworkStep.SettleHostIPv6, NetworkStep.HostEndUp, NetworkStep.AddHostAddress, NetworkStep.AddRouteToContainer, NetworkStep.AwaitCarrier,
        ],
    };
}
