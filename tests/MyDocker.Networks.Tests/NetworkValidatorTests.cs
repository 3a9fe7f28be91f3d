using MyDocker.Kernel.Netlink;

namespace MyDocker.Networks.Tests;

/// <summary>Requests against a host with a card 10.1.0.5/24, another network behind a router, and a default route.</summary>
public sealed class NetworkValidatorTests : IDisposable
{
    private readonly NetworkHost _host = new();

    public NetworkValidatorTests()
    {
        _host.Card("card0", "10.1.0.5/24");
        _host.Bridge("br0", "192.168.2.1/24");
        _host.Bridge("plain");
        _host.Space.Netlink(socket =>
        {
            var card = Links.Find(socket, "card0")!.Index;
            var router = System.Net.IPAddress.Parse("10.1.0.1");
            var batch = socket.Begin();
            Routes.Add(batch, System.Net.IPAddress.Parse("172.16.0.0"), 12, card, router);
            Routes.Add(batch, System.Net.IPAddress.Any, 0, card, router);
            Routes.Add(batch, System.Net.IPAddress.Any, 1, card, router); // as VPN clients do
            socket.Execute("add routes");
        });
    }

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("10.1.0.5/24", "10.1.0.5 is an address of this host (card0); choose another")]
    [InlineData("10.1.0.5/8", "10.1.0.5 is an address of this host (card0); choose another")]
    [InlineData("192.168.2.1/24", "192.168.2.1 is an address of this host (br0); choose another")]
    [InlineData("10.1.0.255/16", "10.1.0.255 is a broadcast address of this host (card0); choose another")]
    [InlineData("10.1.0.9/24", "it would shadow a route of this host, 10.1.0.0/24 dev card0: choose an address outside 10.1.0.0/24")]
    [InlineData("10.1.0.1/24", "it would shadow a route of this host, 10.1.0.0/24 dev card0: choose an address outside 10.1.0.0/24")]
    [InlineData("172.20.0.2/24", "it would shadow a route of this host, 172.16.0.0/12 via 10.1.0.1 dev card0: choose an address outside 172.16.0.0/12")]
    [InlineData("192.168.2.9/24", "it would shadow a route of this host, 192.168.2.0/24 dev br0: choose an address outside 192.168.2.0/24")]
    public void HostOnlyAddressesThatTheHostUsesAreRefused(string ip, string message)
        => Assert.Equal($"-a {ip}: {message}", _host.RefusalOf(ip));

    [Theory]
    [InlineData("10.1.0.5/24", "br0", "10.1.0.5 is an address of this host (card0); choose another")]
    [InlineData("192.168.2.1/24", "br0", "192.168.2.1 is an address of this host (br0); choose another")]
    [InlineData("10.1.0.9/24", "br0", "this host reaches it by 10.1.0.0/24 dev card0 and not through bridge br0: choose an address outside 10.1.0.0/24, or give the bridge one of that network")]
    [InlineData("192.168.2.9/24", "plain", "this host reaches it by 192.168.2.0/24 dev br0 and not through bridge plain: choose an address outside 192.168.2.0/24, or give the bridge one of that network")]
    public void BridgeAddressesThatTheHostUsesAreRefused(string ip, string bridge, string message)
        => Assert.Equal($"-a {ip}: {message}", _host.RefusalOf(ip, bridge));

    [Theory]
    [InlineData("10.2.0.9/24", null)]
    [InlineData("10.9.0.9/8", null)] // its subnet covers the card's, but only the one address is routed
    [InlineData("200.1.2.3/24", null)]
    [InlineData("192.168.2.9/24", "br0")]
    [InlineData("192.168.7.9/24", "plain")] // the bridge has no address
    public void OthersAreTaken(string ip, string? bridge)
    {
        var result = _host.Check(NetworkRequest.Parse(ip: ip, bridge: bridge));
        Assert.Equal((bridge is not null, bridge is null ? 0 : 1500), (result.BridgeIndex > 0, result.Mtu));
    }

    [Fact]
    public void AnAddressOfAnotherContainerIsRefused()
    {
        CidrAddress.TryParse("10.2.0.9/16", out var taken);
        foreach (var bridge in new[] { null, "plain" })
        {
            Assert.Equal(
                "-a 10.2.0.9/24: container db has this address; choose another, or remove that container: mydocker rm -f db",
                _host.RefusalOf("10.2.0.9/24", bridge, null, ("db", taken!)));
        }

        // Not known to the caller (another data root), but the kernel has its route.
        var other = _host.Container("other").Start("10.3.0.9/24");
        Assert.Equal(
            $"-a 10.3.0.9/24: another container or program has the address: this host has the route 10.3.0.9/32 dev {other.HostEnd}; choose another address",
            _host.RefusalOf("10.3.0.9/24"));
    }

    [Fact]
    public void TheHostsEndMustNotBeSomebodyElse()
    {
        Assert.Equal(
            "the host's end 10.1.0.1 would shadow a route of this host, 10.1.0.0/24 dev card0; choose another address with --host-ip",
            _host.RefusalOf("10.2.0.9/24", hostIp: "10.1.0.1"));
        _host.Card("home", "192.168.1.77/24");
        Assert.Equal(
            "the host's end 192.168.1.1 would shadow a route of this host, 192.168.1.0/24 dev home; choose another address with --host-ip",
            _host.RefusalOf("10.2.0.9/24"));

        // An address that the host has may be its end too.
        Assert.NotNull(_host.Check(NetworkRequest.Parse(ip: "10.2.0.9/24", hostIp: "10.1.0.5")));
    }

    [Theory]
    [InlineData("br9", "bridge br9 does not exist; create it: ip link add br9 type bridge && ip link set br9 up")]
    [InlineData("card0", "-b card0: card0 is not a bridge (it is veth); plug it into one or create another: ip link add br0 type bridge && ip link set br0 up")]
    [InlineData("lo", "-b lo: lo is not a bridge (it is a network card); plug it into one or create another: ip link add br0 type bridge && ip link set br0 up")]
    public void AWrongBridgeIsRefusedAndNotMade(string bridge, string message)
    {
        var before = _host.Inventory();
        Assert.Equal(message, _host.RefusalOf("192.168.9.2/24", bridge));
        Assert.Equal(before, _host.Inventory());
    }

    [Fact]
    public void ABridgeThatIsDownIsRefused()
    {
        _host.Space.Netlink(socket =>
        {
            Links.SetUp(socket.Begin(), Links.Find(socket, "plain")!.Index, up: false);
            socket.Execute("set down");
        });
        Assert.Equal("bridge plain is down, nothing would pass; switch it on: ip link set plain up", _host.RefusalOf("192.168.9.2/24", "plain"));
    }

    [Fact]
    public void ABlackholeIsARouteToo()
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip") || File.Exists("/usr/bin/ip"), "needs ip to make one");
        Assert.Equal(0, _host.Space.Exec("ip", "route", "add", "unreachable", "10.66.0.0/16").Code);
        Assert.Contains("unreachable", _host.RefusalOf("10.66.0.9/24"), StringComparison.Ordinal);
    }
}
