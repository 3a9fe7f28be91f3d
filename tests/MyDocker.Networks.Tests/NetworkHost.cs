using System.Net;
using System.Net.Sockets;
using System.Text;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Tests;

namespace MyDocker.Networks.Tests;

/// <summary>A host of the test's own: a network namespace with lo up, the strictest reverse path filter and ARP settings.</summary>
internal sealed class NetworkHost : IDisposable
{
    private readonly List<TestContainer> _containers = [];

    public NetworkHost()
    {
        Space = TestNamespace.Create();
        Space.Netlink(socket =>
        {
            Links.SetUp(socket.Begin(), Links.LoopbackIndex);
            socket.Execute("set lo up");
        });
        Strict(Space);
    }

    public TestNamespace Space { get; }

    public void Dispose()
    {
        _containers.ForEach(container => container.Dispose());
        Space.Dispose();
    }

    public TestContainer Container(string name)
    {
        var container = new TestContainer(this, name, Random.Shared.NextInt64().ToString("x16", System.Globalization.CultureInfo.InvariantCulture));
        Strict(container.Space);
        _containers.Add(container);
        return container;
    }

    /// <summary>A bridge that is up, with an address or without.</summary>
    public void Bridge(string name, string? address = null) => Space.Netlink(socket =>
    {
        Links.CreateBridge(socket.Begin(), name);
        socket.Execute("create bridge");
        AddAddress(socket, name, address);
    });

    /// <summary>A network card of this host with an address: a veth whose other end is up but leads nowhere.</summary>
    public void Card(string name, string address) => Space.Netlink(socket =>
    {
        var batch = socket.Begin();
        Links.CreateVeth(batch, new VethEnd(name), new VethEnd("far-" + name[..Math.Min(name.Length, 11)]));
        socket.Execute("create card");
        Links.SetUp(socket.Begin(), Links.Find(socket, name)!.Index);
        socket.Execute("set card up");
        AddAddress(socket, name, address);
    });

    public CheckedNetwork Check(NetworkRequest request, params (string, CidrAddress)[] others)
        => Space.Netlink(socket => NetworkValidator.Check(request, socket, others));

    public string RefusalOf(string ip, string? bridge = null, string? hostIp = null, params (string, CidrAddress)[] others)
        => Assert.Throws<NetworkException>(() => Check(NetworkRequest.Parse(ip: ip, bridge: bridge, hostIp: hostIp), others)).Message;

    /// <summary>All that the host has: links, addresses and routes.</summary>
    public string Inventory() => Space.Netlink(socket =>
    {
        var lines = Links.List(socket).Select(link => $"link {link.Name} {link.Alias}")
            .Concat(Addresses.List(socket).Select(a => $"address {a.Address}/{a.PrefixLength} {a.Link}"))
            .Concat(Routes.List(socket, RtNetlink.AF_INET).Concat(Routes.List(socket, RtNetlink.AF_INET6)).Select(r => r.ToString()));
        return string.Join('\n', lines);
    });

    /// <summary>Whether a datagram from one namespace is answered from the other, at the first attempt.</summary>
    public static bool Reaches(TestNamespace from, TestNamespace to, string address, int timeoutMs = 5000)
    {
        var target = IPAddress.Parse(address);
        using var server = to.Run(() => Bound(target));
        using var client = from.Run(() => Bound(target.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any));
        server.ReceiveTimeout = client.ReceiveTimeout = timeoutMs;
        try
        {
            client.SendTo("ping"u8, server.LocalEndPoint!);
            var buffer = new byte[16];
            EndPoint peer = new IPEndPoint(target, 0);
            var length = server.ReceiveFrom(buffer, ref peer);
            server.SendTo(buffer.AsSpan(0, length), peer);
            return Encoding.ASCII.GetString(buffer, 0, client.Receive(buffer)) == "ping";
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket Bound(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    private static void AddAddress(NetlinkSocket socket, string link, string? address)
    {
        if (address is not null && CidrAddress.TryParse(address, out var cidr))
        {
            Addresses.Add(socket.Begin(), Links.Find(socket, link)!.Index, cidr!.Address, cidr.PrefixLength);
            socket.Execute("add address");
        }
    }

    private static void Strict(TestNamespace space) => space.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/conf/all/rp_filter", "1");
        File.WriteAllText("/proc/sys/net/ipv4/conf/all/arp_ignore", "1");
        File.WriteAllText("/proc/sys/net/ipv4/conf/all/arp_filter", "1");
    });
}

/// <summary>A network namespace in which a plan is run.</summary>
internal sealed class TestContainer(NetworkHost host, string name, string id) : IDisposable
{
    public TestNamespace Space { get; } = TestNamespace.Create();

    public string Name => name;

    public string Id => id;

    public string HostEnd => ContainerLink.HostEnd(name, id);

    public void Dispose() => Space.Dispose();

    public TestContainer Start(string ip, string? bridge = null, string? hostIp = null)
    {
        Run(host.Check(NetworkRequest.Parse(ip: ip, bridge: bridge, hostIp: hostIp)));
        return this;
    }

    public void Run(CheckedNetwork network)
        => host.Space.Netlink(socket => NetworkPlan.For(network, name, id).Run(socket, Space.Fd.Number));

    public bool Remove() => host.Space.Netlink(socket => NetworkTeardown.Remove(socket, HostEnd, id));
}
