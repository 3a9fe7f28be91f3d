using System.Net;

namespace MyDocker.Networks.Tests;

public sealed class NetworkRequestTests
{
    [Theory]
    [InlineData("192.168.1.2", "not an address with a prefix; write IP/mask, for example 192.168.1.2/24")]
    [InlineData("192.168.1.2/", "not an address with a prefix")]
    [InlineData("/24", "not an address with a prefix")]
    [InlineData("", "not an address with a prefix")]
    [InlineData("web/24", "not an address with a prefix")]
    [InlineData("192.168.1/24", "not an address with a prefix")]
    [InlineData("192.168.1.256/24", "not an address with a prefix")]
    [InlineData("192.168.01.2/24", "not an address with a prefix")] // octal to inet_aton
    [InlineData("0xc0.168.1.2/24", "not an address with a prefix")]
    [InlineData("192.168.1.2.3/24", "not an address with a prefix")]
    [InlineData("192.168.1.2/33", "not an address with a prefix")]
    [InlineData("192.168.1.2/-1", "not an address with a prefix")]
    [InlineData("192.168.1.2/+24", "not an address with a prefix")]
    [InlineData("192.168.1.2/24/24", "not an address with a prefix")]
    [InlineData("192.168.1.2/255.0.255.0", "not an address with a prefix")]
    [InlineData("192.168.1.2 /24", "not an address with a prefix")]
    [InlineData("fd00::2/129", "not an address with a prefix")]
    [InlineData("fe80::2%eth0/64", "not an address with a prefix")]
    [InlineData("[fd00::2]/64", "not an address with a prefix")]
    [InlineData("192.168.1.2/0", "a prefix of 0 would make eth0 the way to every address; use 1 to 32")]
    [InlineData("192.168.1.0/24", "192.168.1.0 is the network address of 192.168.1.0/24; choose the address of one host")]
    [InlineData("192.168.1.255/24", "192.168.1.255 is the broadcast address of 192.168.1.0/24")]
    [InlineData("192.168.1.4/30", "192.168.1.4 is the network address of 192.168.1.4/30")]
    [InlineData("192.168.1.7/30", "192.168.1.7 is the broadcast address of 192.168.1.4/30")]
    [InlineData("172.31.255.255/12", "172.31.255.255 is the broadcast address of 172.16.0.0/12")]
    [InlineData("0.0.0.0/32", "0.0.0.0 is an unspecified address")]
    [InlineData("127.0.0.2/8", "127.0.0.2 is a loopback address")]
    [InlineData("169.254.1.1/16", "169.254.1.1 is a link-local address")]
    [InlineData("224.0.0.5/24", "224.0.0.5 is a multicast address")]
    [InlineData("255.255.255.255/32", "255.255.255.255 is a reserved address")]
    [InlineData("::1/128", "::1 is a loopback address")]
    [InlineData("ff02::1/64", "ff02::1 is a multicast address")]
    [InlineData("fe80::5/64", "fe80::5 is a link-local address")]
    [InlineData("::ffff:10.0.0.1/120", "is an IPv4-mapped address")]
    [InlineData("fd00::/64", "fd00:: is the router anycast address of fd00::/64")]
    public void AWrongAddressIsRefused(string ip, string message)
    {
        foreach (var bridge in new[] { null, "br0" })
        {
            var refused = Assert.Throws<NetworkException>(() => NetworkRequest.Parse(ip: ip, bridge: bridge));
            Assert.StartsWith($"-a {ip}: ", refused.Message, StringComparison.Ordinal);
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("192.168.1.2/24", "192.168.1.2/24")]
    [InlineData("192.168.1.2/255.255.255.0", "192.168.1.2/24")]
    [InlineData("10.0.0.0/31", "10.0.0.0/31")] // both addresses of a /31 are hosts
    [InlineData("10.0.0.1/31", "10.0.0.1/31")]
    [InlineData("10.0.0.255/32", "10.0.0.255/32")]
    [InlineData("10.0.0.255/16", "10.0.0.255/16")]
    [InlineData("10.0.1.0/16", "10.0.1.0/16")]
    [InlineData("192.168.1.2/1", "192.168.1.2/1")]
    public void ARightAddressIsTaken(string ip, string expected)
        => Assert.Equal(
            (NetworkMode.Interface, expected, NetworkRequest.DefaultHostAddress),
            NetworkRequest.Parse(ip: ip) is var request ? (request.Mode, request.Address!.ToString(), request.HostAddress!.ToString()) : default);

    [Theory]
    [InlineData("bridge", null, null, null, null, "--network bridge: no such network; use none or host, or give the container an address with -a IP/mask")]
    [InlineData("none", "10.0.0.2/24", null, null, null, "--network none and -a 10.0.0.2/24 exclude each other: leave one of them out")]
    [InlineData("host", "10.0.0.2/24", null, null, null, "--network host and -a 10.0.0.2/24 exclude each other: leave one of them out")]
    [InlineData(null, null, "br0", null, null, "-b br0 needs -a: nothing assigns addresses on a bridge; give the container one, for example -a 192.168.2.2/24")]
    [InlineData(null, null, null, "10.0.0.1", null, "--host-ip 10.0.0.1 needs -a")]
    [InlineData(null, null, null, null, "02:42:00:00:00:01", "--mac-address 02:42:00:00:00:01 needs -a")]
    [InlineData(null, "10.0.0.2/24", "br0", "10.0.0.1", null, "--host-ip 10.0.0.1 and -b br0 exclude each other")]
    [InlineData(null, "10.0.0.2/24", "br 0", null, null, "-b br 0: not the name of an interface")]
    [InlineData(null, "10.0.0.2/24", "", null, null, "-b : not the name of an interface")]
    [InlineData(null, "10.0.0.2/24", "a-name-of-16-char", null, null, "not the name of an interface")]
    [InlineData(null, "192.168.1.1/24", null, null, null, "-a 192.168.1.1/24: 192.168.1.1 is the host's own end of the network")]
    [InlineData(null, "10.0.0.2/24", null, "10.0.0.2", null, "10.0.0.2 is the host's own end")]
    [InlineData(null, "10.0.0.2/24", null, "10.0.0.1/24", null, "--host-ip 10.0.0.1/24: not an IP address; write it without a prefix")]
    [InlineData(null, "10.0.0.2/24", null, "10.0.0.255", null, "--host-ip 10.0.0.255: it is the broadcast address of 10.0.0.0/24")]
    [InlineData(null, "10.0.0.2/24", null, "127.0.0.1", null, "--host-ip 127.0.0.1: it is a loopback address")]
    [InlineData(null, "10.0.0.2/24", null, "fd00::1", null, "not of the same family")]
    [InlineData(null, "fd00::2/64", null, null, null, "a host-only IPv6 network needs the host's address too; give it with --host-ip")]
    [InlineData(null, "10.0.0.2/24", null, null, "02:42", "--mac-address 02:42: not a MAC address")]
    [InlineData(null, "10.0.0.2/24", null, null, "01:00:5e:00:00:01", "not the address of one interface")]
    public void WrongCombinationsAreRefused(string? network, string? ip, string? bridge, string? hostIp, string? mac, string message)
        => Assert.Contains(message, Assert.Throws<NetworkException>(() => NetworkRequest.Parse(network, ip, bridge, hostIp, mac)).Message, StringComparison.Ordinal);

    [Fact]
    public void TheModesAreRead()
    {
        Assert.Equal(NetworkRequest.None, NetworkRequest.Parse());
        Assert.Equal(NetworkRequest.None, NetworkRequest.Parse("none"));
        Assert.Equal(NetworkMode.Host, NetworkRequest.Parse("host").Mode);
        var bridged = NetworkRequest.Parse(ip: "192.168.2.2/24", bridge: "br0", mac: "02:42:00:00:00:01");
        Assert.Equal(("br0", null, "02:42:00:00:00:01", false), (bridged.Bridge, bridged.HostAddress, bridged.Mac.ToString(), bridged.IsHostOnly));
        Assert.Equal(IPAddress.Parse("fd00::1"), NetworkRequest.Parse(ip: "fd00::2/64", hostIp: "fd00::1").HostAddress);
    }

    [Theory]
    [InlineData("10.1.2.3/8", "10.0.0.0", "10.255.255.255", "10.9.9.9", "11.0.0.0")]
    [InlineData("10.1.2.3/32", "10.1.2.3", "10.1.2.3", "10.1.2.3", "10.1.2.2")]
    [InlineData("10.1.2.3/0", "0.0.0.0", "255.255.255.255", "1.2.3.4", "fd00::1")]
    [InlineData("fd00::5/64", "fd00::", "fd00::ffff:ffff:ffff:ffff", "fd00::1:0:0:1", "fd00:0:0:1::")]
    [InlineData("fd00::5/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "1::", "10.0.0.1")]
    [InlineData("fd00::5/128", "fd00::5", "fd00::5", "fd00::5", "fd00::4")]
    public void NetworksAreComputed(string text, string network, string last, string inside, string outside)
    {
        Assert.True(CidrAddress.TryParse(text, out var cidr));
        Assert.Equal((network, last, text), (cidr!.Network.ToString(), cidr.Last.ToString(), cidr.ToString()));
        Assert.True(cidr.Contains(IPAddress.Parse(inside)));
        Assert.False(cidr.Contains(IPAddress.Parse(outside)));
    }
}
