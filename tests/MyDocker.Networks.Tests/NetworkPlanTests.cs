using MyDocker.Kernel.Netlink;

namespace MyDocker.Networks.Tests;

/// <summary>Plans as text: no root, no kernel.</summary>
public sealed class NetworkPlanTests
{
    private const string Id = "3fa2c19b00112233445566778899aabbccddeeff00112233445566778899aabb";

    [Fact]
    public void HostOnly() => Assert.Equal(
        [
            "turn IPv6 off for eth0 in the container",
            "create veth pair web1-3fa2c19b ↔ eth0 in the container",
            $"set alias of eth0 in the container to mydocker web1 {Id}",
            "set lo up in the container",
            "add address 10.0.0.2/24 to eth0 in the container",
            "add route 192.168.1.1/32 dev eth0 in the container",
            "turn IPv6 off on web1-3fa2c19b",
            $"set web1-3fa2c19b up, alias mydocker web1 {Id}",
            "add address 192.168.1.1/32 to web1-3fa2c19b",
            "add route 10.0.0.2/32 dev web1-3fa2c19b src 192.168.1.1",
            "wait until eth0 in the container passes packets",
        ],
        Plan(new CheckedNetwork(NetworkRequest.Parse(ip: "10.0.0.2/24"))));

    [Fact]
    public void OnABridge() => Assert.Equal(
        [
            "turn IPv6 off for eth0 in the container",
            "create veth pair web1-3fa2c19b ↔ eth0 in the container, mtu 1450",
            $"set alias of eth0 in the container to mydocker web1 {Id}",
            "set lo up in the container",
            "add address 192.168.2.2/24 to eth0 in the container",
            "turn IPv6 off on web1-3fa2c19b",
            "plug web1-3fa2c19b into bridge br0",
            $"set web1-3fa2c19b up, alias mydocker web1 {Id}",
            "wait until eth0 in the container passes packets",
        ],
        Plan(new CheckedNetwork(NetworkRequest.Parse(ip: "192.168.2.2/24", bridge: "br0"), 7, 1450)));

    [Fact]
    public void IPv6RefusesAdvertisementsInstead()
        => Assert.Equal(
            ["refuse router advertisements in the container", "refuse router advertisements on web1-3fa2c19b", "add route fd00::2/128 dev web1-3fa2c19b src fd00::1"],
            Plan(new CheckedNetwork(NetworkRequest.Parse(ip: "fd00::2/64", hostIp: "fd00::1"))).Where(step => step.Contains("refuse", StringComparison.Ordinal) || step.Contains("::2/128", StringComparison.Ordinal)));

    [Fact]
    public void WithoutAnInterface()
    {
        Assert.Equal(["set lo up in the container"], Plan(new CheckedNetwork(NetworkRequest.None)));
        Assert.Empty(Plan(new CheckedNetwork(NetworkRequest.Parse("host"))));
        Assert.Null(NetworkPlan.For(new CheckedNetwork(NetworkRequest.None), "web1", Id).HostEnd);
    }

    [Theory]
    [InlineData("web1", Id, "web1-3fa2c19b")]
    [InlineData("a", "12", "a-12")]
    [InlineData("web-frontend.example", Id, "web-fr-3fa2c19b")]
    [InlineData("..", Id, "..-3fa2c19b")]
    [InlineData("a/b c", "../../../..", "a-b-c---------")]
    [InlineData("容器", Id, "---3fa2c19b")]
    public void HostEndsAreValidLinkNames(string name, string id, string expected)
    {
        var end = ContainerLink.HostEnd(name, id);
        Assert.Equal(expected, end);
        Assert.True(Links.IsValidName(end));
    }

    [Fact]
    public void MacAddressesAreOnesOwn()
    {
        Assert.Equal("02:42:0a:00:00:02", ContainerLink.ContainerMac(System.Net.IPAddress.Parse("10.0.0.2")).ToString());
        var ends = Enumerable.Range(0, 1000).Select(i => ContainerLink.HostMac($"{i:x64}")).ToHashSet();
        Assert.Equal(1000, ends.Count);
        Assert.All(ends, mac => Assert.StartsWith("fe:6d:", mac.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void AnAliasFitsTheKernel()
        => Assert.Equal(Links.AliasLimit, ContainerLink.Alias(new string('n', 300), Id).Length);

    private static IReadOnlyList<string> Plan(CheckedNetwork network) => NetworkPlan.For(network, "web1", Id).Describe();
}
