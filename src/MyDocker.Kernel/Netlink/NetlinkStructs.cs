using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Netlink;

/// <summary>struct nlmsghdr (linux/netlink.h): 16 bytes in front of every message.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NlMsgHdr
{
    /// <summary>Length of the message in bytes, this header included, padding after it not.</summary>
    public uint Length;
    public ushort Type;
    public ushort Flags;
    public uint Sequence;
    public uint PortId;
}

/// <summary>struct nlattr (linux/netlink.h), the same as struct rtattr: 4 bytes in front of every attribute.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NlAttr
{
    public ushort Length;
    public ushort Type;
}

/// <summary>struct sockaddr_nl (linux/netlink.h), 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockAddrNl
{
    public ushort Family;
    public ushort Pad;
    public uint PortId;
    public uint Groups;
}

/// <summary>struct ifinfomsg (linux/rtnetlink.h), 16 bytes: head of RTM_*LINK.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IfInfoMsg
{
    public byte Family;
    public byte Pad;
    public ushort Type;
    public int Index;
    public uint Flags;
    public uint Change;
}

/// <summary>struct ifaddrmsg (linux/if_addr.h), 8 bytes: head of RTM_*ADDR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IfAddrMsg
{
    public byte Family;
    public byte PrefixLength;
    public byte Flags;
    public byte Scope;
    public uint Index;
}

/// <summary>struct rtmsg (linux/rtnetlink.h), 12 bytes: head of RTM_*ROUTE.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RtMsg
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte Tos;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}
