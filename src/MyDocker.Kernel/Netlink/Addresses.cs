using System.Net;
using System.Net.Sockets;
using static MyDocker.Kernel.Netlink.RtNetlink;

namespace MyDocker.Kernel.Netlink;

/// <summary>An address of an interface (RTM_NEWADDR).</summary>
public sealed record AddressInfo(int Link, IPAddress Address, int PrefixLength, byte Scope)
{
    /// <summary>Configured by somebody, not by a router's advertisement or a lease (IFA_F_PERMANENT).</summary>
    public bool IsPermanent { get; init; }

    public IPAddress? Broadcast { get; init; }
}

/// <summary>Addresses of interfaces, IPv4 and IPv6.</summary>
public static class Addresses
{
    /// <summary>
    /// Adds an address; EEXIST if that link has it. The kernel makes the route to its subnet. An IPv6 address is usable at
    /// once: without duplicate address detection, which would take a second.
    /// </summary>
    public static void Add(NetlinkBatch batch, int link, IPAddress address, int prefixLength, IPAddress? broadcast = null)
    {
        var family = FamilyOf(address);
        batch.Begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, new IfAddrMsg { Family = family, PrefixLength = (byte)prefixLength, Index = (uint)link });
        batch.Attribute(IFA_LOCAL, address);
        batch.Attribute(IFA_ADDRESS, address);
        if (broadcast is not null)
        {
            batch.Attribute(IFA_BROADCAST, broadcast);
        }

        if (family == AF_INET6)
        {
            batch.Attribute(IFA_FLAGS, IFA_F_NODAD);
        }

        batch.End();
    }

    /// <summary>The addresses of one link, or of all (0).</summary>
    public static List<AddressInfo> List(NetlinkSocket socket, int link = 0)
    {
        var batch = socket.Begin();
        batch.Begin(RTM_GETADDR, NLM_F_DUMP, new IfAddrMsg { Index = (uint)link });
        batch.End();

        // Before 4.20 the kernel ignores the filter, so look again.
        return socket.Dump("list addresses", message => Parse(message) is { } found && (link == 0 || found.Link == link) ? found : null);
    }

    /// <summary>Reads an RTM_NEWADDR; null for any other message.</summary>
    public static AddressInfo? Parse(NetlinkMessage message)
    {
        if (message.Header.Type != RTM_NEWADDR)
        {
            return null;
        }

        var head = message.Head<IfAddrMsg>();
        IPAddress? local = null, address = null, broadcast = null;
        uint flags = head.Flags;
        foreach (var attribute in message.Attributes<IfAddrMsg>())
        {
            switch (attribute.Type)
            {
                case IFA_LOCAL: local = attribute.Address; break;
                case IFA_BROADCAST: broadcast = attribute.Address; break;
                case IFA_FLAGS: flags = attribute.UInt32; break;
                case IFA_ADDRESS: address = attribute.Address; break; // with IFA_LOCAL: the other end of a point-to-point link
            }
        }

        return (local ?? address) is { } own ? new AddressInfo((int)head.Index, own, head.PrefixLength, head.Scope) { IsPermanent = (flags & IFA_F_PERMANENT) != 0, Broadcast = broadcast } : null;
    }

    internal static byte FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? (byte)AF_INET6 : (byte)AF_INET;
}
