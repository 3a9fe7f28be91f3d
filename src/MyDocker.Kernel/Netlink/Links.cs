using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Netlink.RtNetlink;

namespace MyDocker.Kernel.Netlink;

/// <summary>A network interface as the kernel describes it (RTM_NEWLINK).</summary>
/// <param name="Peer">IFLA_LINK: for a veth the index of its other end, in that end's namespace; 0 if there is none.</param>
/// <param name="Kind">"veth", "bridge", …; null for hardware and lo.</param>
/// <param name="Mtu">in bytes.</param>
/// <param name="IsOperational">
/// IF_OPER_UP: it has a carrier, and packets pass. After both ends of a pair are up, that of the end which was up first
/// comes a moment later, from a work queue of the kernel (linkwatch); until then it drops what is sent.
/// </param>
public sealed record LinkInfo(int Index, string Name, bool IsUp, int Mtu, MacAddress Mac, int Master, int Peer, string? Kind, string? Alias, bool IsOperational);

/// <summary>One end of a veth pair to be made.</summary>
/// <param name="Index">the index to give it; 0 lets the kernel choose.</param>
/// <param name="NetnsFd">the network namespace to make it in; below 0: that of the socket.</param>
/// <param name="Mtu">in bytes; 0 for the kernel's default.</param>
/// <param name="Up">not for the peer: it is configured before it has another end (ENOTCONN from veth_open).</param>
public readonly record struct VethEnd(string Name, int Index = 0, int NetnsFd = -1, int NetnsPid = 0, MacAddress? Mac = null, int Mtu = 0, bool Up = false);

/// <summary>Network interfaces. Methods that take a batch only write the request; the others run at once.</summary>
public static class Links
{
    /// <summary>lo has this index in every network namespace (LOOPBACK_IFINDEX).</summary>
    public const int LoopbackIndex = 1;

    /// <summary>IFNAMSIZ without the NUL.</summary>
    public const int NameLimit = 15;

    /// <summary>IFALIASZ without the NUL.</summary>
    public const int AliasLimit = 255;

    /// <summary>dev_valid_name() of the kernel.</summary>
    public static bool IsValidName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > NameLimit || name is "." or "..")
        {
            return false;
        }

        foreach (var c in name)
        {
            if (c is '/' or ':' or <= ' ' or > '~')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Makes both ends of a veth pair, each directly in its namespace. If <paramref name="end"/> has no index, that of
    /// <paramref name="peer"/> is ignored (veth_newlink).
    /// </summary>
    public static void CreateVeth(NetlinkBatch batch, in VethEnd end, in VethEnd peer)
    {
        batch.Begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, HeadOf(end));
        PutEnd(batch, end);
        var info = batch.BeginNest(IFLA_LINKINFO);
        batch.Attribute(IFLA_INFO_KIND, "veth");
        var data = batch.BeginNest(IFLA_INFO_DATA);
        var other = batch.BeginNest(VETH_INFO_PEER);
        batch.Put(HeadOf(peer));
        PutEnd(batch, peer);
        batch.EndNest(other);
        batch.EndNest(data);
        batch.EndNest(info);
        batch.End();
    }

    /// <summary>Makes a bridge, up.</summary>
    public static void CreateBridge(NetlinkBatch batch, string name)
    {
        batch.Begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, new IfInfoMsg { Flags = IFF_UP, Change = IFF_UP });
        batch.Attribute(IFLA_IFNAME, name);
        var info = batch.BeginNest(IFLA_LINKINFO);
        batch.Attribute(IFLA_INFO_KIND, "bridge");
        batch.EndNest(info);
        batch.End();
    }

    public static void SetUp(NetlinkBatch batch, int index, bool up = true, string? alias = null)
    {
        batch.Begin(RTM_SETLINK, 0, new IfInfoMsg { Index = index, Flags = up ? IFF_UP : 0, Change = IFF_UP });
        if (alias is not null)
        {
            batch.Attribute(IFLA_IFALIAS, alias);
        }

        batch.End();
    }

    /// <summary>Plugs a link into a bridge; 0 unplugs it.</summary>
    public static void SetMaster(NetlinkBatch batch, int index, int master)
    {
        batch.Begin(RTM_SETLINK, 0, new IfInfoMsg { Index = index });
        batch.Attribute(IFLA_MASTER, master);
        batch.End();
    }

    public static void SetAlias(NetlinkBatch batch, int index, string alias)
    {
        batch.Begin(RTM_SETLINK, 0, new IfInfoMsg { Index = index });
        batch.Attribute(IFLA_IFALIAS, alias);
        batch.End();
    }

    /// <summary>Moves a link into another network namespace, under a new name if one is given.</summary>
    public static void Move(NetlinkBatch batch, int index, int netnsFd, string? name = null)
    {
        batch.Begin(RTM_SETLINK, 0, new IfInfoMsg { Index = index });
        batch.Attribute(IFLA_NET_NS_FD, netnsFd);
        if (name is not null)
        {
            batch.Attribute(IFLA_IFNAME, name);
        }

        batch.End();
    }

    /// <summary>Deletes a link; of a veth pair both ends go.</summary>
    public static void Delete(NetlinkBatch batch, int index)
    {
        batch.Begin(RTM_DELLINK, 0, new IfInfoMsg { Index = index });
        batch.End();
    }

    /// <summary>Asks for one link; the reply is an RTM_NEWLINK for <see cref="Parse"/>.</summary>
    public static void Get(NetlinkBatch batch, int index)
    {
        batch.Begin(RTM_GETLINK, 0, new IfInfoMsg { Index = index });
        batch.Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        batch.End();
    }

    /// <summary>The link of that name, or null.</summary>
    public static LinkInfo? Find(NetlinkSocket socket, string name)
    {
        if (!IsValidName(name))
        {
            return null;
        }

        var batch = socket.Begin();
        batch.Begin(RTM_GETLINK, 0, default(IfInfoMsg));
        batch.Attribute(IFLA_IFNAME, name);
        batch.Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        batch.End();
        return FindBatched(socket, name);
    }

    /// <summary>The link of that index, or null.</summary>
    public static LinkInfo? Find(NetlinkSocket socket, int index)
    {
        Get(socket.Begin(), index);
        return FindBatched(socket, $"{index}");
    }

    /// <summary>All links of the namespace.</summary>
    public static List<LinkInfo> List(NetlinkSocket socket)
    {
        var batch = socket.Begin();
        batch.Begin(RTM_GETLINK, NLM_F_DUMP, default(IfInfoMsg));
        batch.Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
        batch.End();
        return socket.Dump("list links", Parse);
    }

    /// <summary>Reads an RTM_NEWLINK; null for any other message.</summary>
    public static LinkInfo? Parse(NetlinkMessage message)
    {
        if (message.Header.Type != RTM_NEWLINK)
        {
            return null;
        }

        var head = message.Head<IfInfoMsg>();
        string name = "";
        string? kind = null, alias = null;
        int mtu = 0, master = 0, peer = 0;
        var mac = default(MacAddress);
        var operational = false;
        foreach (var attribute in message.Attributes<IfInfoMsg>())
        {
            switch (attribute.Type)
            {
                case IFLA_IFNAME: name = attribute.Text; break;
                case IFLA_IFALIAS: alias = attribute.Text; break;
                case IFLA_MTU: mtu = attribute.Int32; break;
                case IFLA_MASTER: master = attribute.Int32; break;
                case IFLA_LINK: peer = attribute.Int32; break;
                case IFLA_OPERSTATE: operational = attribute.Value is [IF_OPER_UP]; break;
                case IFLA_LINKINFO: kind = KindOf(attribute); break;
                case IFLA_ADDRESS when attribute.Value.Length == MacAddress.Length: mac = MacAddress.From(attribute.Value); break;
            }
        }

        // Kernels before 5.11 leave IFLA_LINK out if the other end, in its namespace, happens to have the same index.
        peer = peer == 0 && kind == "veth" ? head.Index : peer;
        return new LinkInfo(head.Index, name, (head.Flags & IFF_UP) != 0, mtu, mac, master, peer, kind, alias, operational);
    }

    private static LinkInfo? FindBatched(NetlinkSocket socket, string what)
    {
        LinkInfo? found = null;
        return socket.TryExecute(out var failure, (_, message) => found = Parse(message)) ? found
            : failure.Errno == Errno.ENODEV ? null
            : throw new NetlinkException($"find link {what}", failure.Errno, failure.KernelText);
    }

    private static string? KindOf(NetlinkAttributes linkInfo)
    {
        foreach (var attribute in linkInfo.Nested)
        {
            if (attribute.Type == IFLA_INFO_KIND)
            {
                return attribute.Text;
            }
        }

        return null;
    }

    private static IfInfoMsg HeadOf(in VethEnd end)
        => new() { Index = end.Index, Flags = end.Up ? IFF_UP : 0, Change = end.Up ? IFF_UP : 0 };

    private static void PutEnd(NetlinkBatch batch, in VethEnd end)
    {
        batch.Attribute(IFLA_IFNAME, end.Name);

        // Since 5.17 a veth gets a queue per possible CPU, each with its sysfs objects. Queues serve XDP and GRO only.
        batch.Attribute(IFLA_NUM_TX_QUEUES, 1);
        batch.Attribute(IFLA_NUM_RX_QUEUES, 1);
        if (end.NetnsFd >= 0)
        {
            batch.Attribute(IFLA_NET_NS_FD, end.NetnsFd);
        }
        else if (end.NetnsPid > 0)
        {
            batch.Attribute(IFLA_NET_NS_PID, end.NetnsPid);
        }

        if (end.Mtu > 0)
        {
            batch.Attribute(IFLA_MTU, end.Mtu);
        }

        if (end.Mac is { } mac)
        {
            batch.Attribute(IFLA_ADDRESS, mac);
        }
    }
}
