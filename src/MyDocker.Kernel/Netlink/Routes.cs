using System.Net;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Netlink.RtNetlink;

namespace MyDocker.Kernel.Netlink;

/// <summary>A route (RTM_NEWROUTE).</summary>
/// <param name="Destination">null: every address (0.0.0.0/0 or ::/0).</param>
/// <param name="Link">index of the interface; 0 if there is none (unreachable, several next hops).</param>
/// <param name="Type">RTN_UNICAST, RTN_LOCAL, RTN_BROADCAST, RTN_UNREACHABLE, …</param>
public sealed record RouteInfo(IPAddress? Destination, int PrefixLength, int Link, IPAddress? Gateway, IPAddress? Source, uint Table, byte Scope, byte Type, byte Protocol);

/// <summary>The routing tables, IPv4 and IPv6.</summary>
public static class Routes
{
    /// <summary>
    /// Adds a route to the main table, with RTPROT_STATIC. EEXIST if the table has a route to the same destination, through
    /// whatever link: of two that want one address at the same time, one gets it. The link must be up (ENETDOWN).
    /// </summary>
    /// <param name="source">the address that the host uses towards it; null: the kernel's choice.</param>
    public static void Add(NetlinkBatch batch, IPAddress destination, int prefixLength, int link, IPAddress? gateway = null, IPAddress? source = null)
    {
        var head = new RtMsg
        {
            Family = Addresses.FamilyOf(destination),
            DestinationLength = (byte)prefixLength,
            Table = RT_TABLE_MAIN,
            Protocol = RTPROT_STATIC,
            Scope = gateway is null ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
            Type = RTN_UNICAST,
        };
        batch.Begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, head);
        if (prefixLength > 0)
        {
            batch.Attribute(RTA_DST, destination);
        }

        batch.Attribute(RTA_OIF, link);
        if (gateway is not null)
        {
            batch.Attribute(RTA_GATEWAY, gateway);
        }

        if (source is not null)
        {
            batch.Attribute(RTA_PREFSRC, source);
        }

        batch.End();
    }

    /// <summary>
    /// The entry of the routing tables, the local one and policy rules included, that the kernel would use for an
    /// address (RTM_F_FIB_MATCH, 4.13): one lookup, however many routes there are. Null with the errno if there is none
    /// (ENETUNREACH) or the best one refuses (EHOSTUNREACH unreachable, EACCES prohibit, EINVAL blackhole).
    /// </summary>
    public static RouteInfo? Match(NetlinkSocket socket, IPAddress address, out Errno errno)
    {
        var family = Addresses.FamilyOf(address);
        var batch = socket.Begin();
        batch.Begin(RTM_GETROUTE, 0, new RtMsg { Family = family, DestinationLength = family == AF_INET ? (byte)32 : (byte)128, Flags = RTM_F_FIB_MATCH });
        batch.Attribute(RTA_DST, address);
        batch.End();
        RouteInfo? found = null;
        errno = socket.TryExecute(out var failure, (_, message) => found = Parse(message)) ? Errno.None : failure.Errno;
        return found;
    }

    /// <summary>All routes of a family (AF_INET, AF_INET6), in all tables, the local one too.</summary>
    public static List<RouteInfo> List(NetlinkSocket socket, int family)
    {
        var batch = socket.Begin();
        batch.Begin(RTM_GETROUTE, NLM_F_DUMP, new RtMsg { Family = (byte)family });
        batch.End();
        return socket.Dump("list routes", Parse);
    }

    /// <summary>Reads an RTM_NEWROUTE; null for any other message.</summary>
    public static RouteInfo? Parse(NetlinkMessage message)
    {
        if (message.Header.Type != RTM_NEWROUTE)
        {
            return null;
        }

        var head = message.Head<RtMsg>();
        IPAddress? destination = null, gateway = null, source = null;
        var link = 0;
        uint table = head.Table;
        foreach (var attribute in message.Attributes<RtMsg>())
        {
            switch (attribute.Type)
            {
                case RTA_DST: destination = attribute.Address; break;
                case RTA_GATEWAY: gateway = attribute.Address; break;
                case RTA_PREFSRC: source = attribute.Address; break;
                case RTA_OIF: link = attribute.Int32; break;
                case RTA_TABLE: table = attribute.UInt32; break;
            }
        }

        return new RouteInfo(destination, head.DestinationLength, link, gateway, source, table, head.Scope, head.Type, head.Protocol);
    }
}
