using System.Net;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Tests;

/// <summary>Real links in network namespaces of the test's own.</summary>
public sealed class NetlinkKernelTests
{
    [Fact]
    public void ANewNamespaceHasALoopbackThatIsDown()
    {
        using var space = TestNamespace.Create();
        var lo = space.Netlink(socket => Links.Find(socket, "lo"));
        Assert.Equal((Links.LoopbackIndex, false), (lo!.Index, lo.IsUp));
        Assert.NotEqual(space.Netlink(socket => Links.Find(socket, "lo-not-there")), lo);
    }

    [Fact]
    public void OneDatagramMakesAPairAcrossNamespacesAndTellsTheOtherEndsIndex()
    {
        using var host = TestNamespace.Create();
        using var container = TestNamespace.Create();
        var mac = new MacAddress(0x0242_0A00_0002);
        LinkInfo? seen = null;
        container.Netlink(socket =>
        {
            var batch = socket.Begin();
            Links.CreateVeth(batch, new VethEnd("eth0", Index: 100, Mac: mac, Mtu: 1400, Up: true), new VethEnd("web-1", NetnsFd: host.Fd.Number, Mtu: 1400));
            Links.Get(batch, 100);
            Links.SetAlias(batch, 100, "mydocker web");
            Links.SetUp(batch, Links.LoopbackIndex);
            socket.Execute("create pair", (_, message) => seen = Links.Parse(message));
        });

        var there = host.Netlink(socket => Links.Find(socket, "web-1"));
        Assert.Equal(new LinkInfo(100, "eth0", true, 1400, mac, 0, there!.Index, "veth", null, false), seen);
        Assert.Equal(("veth", false, 100), (there.Kind, there.IsUp, there.Peer));
        var here = container.Netlink(Links.List);
        Assert.Equal("mydocker web", here.Single(link => link.Name == "eth0").Alias);
        Assert.True(here.Single(link => link.Name == "lo").IsUp);
    }

    [Fact]
    public void TheFirstFailureOfABatchIsToldInTheKernelsWords()
    {
        using var space = TestNamespace.Create();
        space.Netlink(socket =>
        {
            var batch = socket.Begin();
            Links.SetUp(batch, Links.LoopbackIndex);
            Links.SetMaster(batch, Links.LoopbackIndex, 4711);
            Links.CreateBridge(batch, "br0");
            Links.CreateBridge(batch, "br0");
            Assert.False(socket.TryExecute(out var failure));
            Assert.Equal((1, Errno.EINVAL), (failure.Request, failure.Errno));

            Addresses.Add(socket.Begin(), Links.LoopbackIndex, IPAddress.Parse("10.0.0.1"), 40);
            var refused = Assert.Throws<NetlinkException>(() => socket.Execute("add address 10.0.0.1/40 to lo"));
            Assert.Equal(Errno.EINVAL, refused.Errno);
            Assert.Equal("ipv4: Invalid prefix length", refused.KernelText);
            Assert.Equal("add address 10.0.0.1/40 to lo: EINVAL (invalid argument): ipv4: Invalid prefix length", refused.Message);

            // The requests after a failure were carried out, and the socket goes on working.
            Assert.Equal("bridge", Links.Find(socket, "br0")!.Kind);
        });
    }

    [Fact]
    public void ABridgeTakesAndReleasesALinkAndDeletingIsFinal()
    {
        using var space = TestNamespace.Create();
        space.Netlink(socket =>
        {
            var batch = socket.Begin();
            Links.CreateBridge(batch, "br0");
            Links.CreateVeth(batch, new VethEnd("a"), new VethEnd("b"));
            socket.Execute("create links");
            var bridge = Links.Find(socket, "br0")!.Index;
            var a = Links.Find(socket, "a")!.Index;
            Links.SetMaster(socket.Begin(), a, bridge);
            socket.Execute("plug");
            Assert.Equal(bridge, Links.Find(socket, a)!.Master);
            Links.SetMaster(socket.Begin(), a, 0);
            socket.Execute("unplug");
            Assert.Equal(0, Links.Find(socket, a)!.Master);
            Links.Delete(socket.Begin(), a);
            socket.Execute("delete");
            Assert.Null(Links.Find(socket, "a"));
            Assert.Null(Links.Find(socket, "b"));
        });
    }

    [Fact]
    public void ALinkMovesToAnotherNamespaceUnderANewName()
    {
        using var from = TestNamespace.Create();
        using var to = TestNamespace.Create();
        from.Netlink(socket =>
        {
            Links.CreateVeth(socket.Begin(), new VethEnd("a"), new VethEnd("b"));
            socket.Execute("create");
            var index = Links.Find(socket, "a")!.Index;
            Links.Move(socket.Begin(), index, to.Fd.Number, "moved");
            socket.Execute("move");
            Assert.Null(Links.Find(socket, "a"));
        });
        Assert.NotNull(to.Netlink(socket => Links.Find(socket, "moved")));
    }

    [Theory]
    [InlineData("10.9.0.5", 24, "10.9.0.77", "10.8.0.1", 32)]
    [InlineData("fd09::5", 64, "fd09::77", "fd08::1", 128)]
    public void RoutesAreAddedOnceAndMatchedWithTheirPrefix(string own, int prefix, string neighbour, string far, int host)
    {
        using var space = TestNamespace.Create();
        space.Netlink(socket =>
        {
            var address = IPAddress.Parse(own);
            Links.CreateVeth(socket.Begin(), new VethEnd("a", Index: 100, Up: true), new VethEnd("b"));
            socket.Execute("create");
            var b = Links.Find(socket, "b")!.Index;
            Links.SetUp(socket.Begin(), b);
            socket.Execute("set up");
            Addresses.Add(socket.Begin(), 100, address, prefix);
            socket.Execute("add address");
            Assert.Contains(Addresses.List(socket, 100), a => a.Address.Equals(address) && a.PrefixLength == prefix);

            // The kernel adds the local route of an IPv6 address from a work queue.
            SpinWait.SpinUntil(() => Routes.Match(socket, address, out _)?.Type == RtNetlink.RTN_LOCAL, TimeSpan.FromSeconds(10));
            Assert.Equal((RtNetlink.RTN_LOCAL, host), Describe(Routes.Match(socket, address, out _)));
            Assert.Equal((RtNetlink.RTN_UNICAST, prefix), Describe(Routes.Match(socket, IPAddress.Parse(neighbour), out _)));
            Assert.Null(Routes.Match(socket, IPAddress.Parse(far), out var errno));
            Assert.Equal(Errno.ENETUNREACH, errno);

            Routes.Add(socket.Begin(), IPAddress.Parse(far), host, 100, source: address);
            socket.Execute("add route");
            var match = Routes.Match(socket, IPAddress.Parse(far), out _);
            Assert.Equal((far, 100, own), (match!.Destination!.ToString(), match.Link, match.Source!.ToString()));
            Assert.Contains(Routes.List(socket, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 2 : 10), route => route == match with { Table = route.Table });

            Routes.Add(socket.Begin(), IPAddress.Parse(far), host, b);
            Assert.False(socket.TryExecute(out var failure));
            Assert.Equal(Errno.EEXIST, failure.Errno);
        });

        static (byte Type, int Prefix) Describe(RouteInfo? route) => (route!.Type, route.PrefixLength);
    }

    [Fact]
    public void ADumpLargerThanOneDatagramIsWhole()
    {
        using var space = TestNamespace.Create();
        space.Netlink(socket =>
        {
            for (var i = 0; i < 4; i++)
            {
                var batch = socket.Begin();
                for (var j = 0; j < 50; j++)
                {
                    Addresses.Add(batch, Links.LoopbackIndex, new IPAddress([10, 0, (byte)i, (byte)j]), 32);
                }

                socket.Execute("add addresses");
            }

            Links.SetUp(socket.Begin(), Links.LoopbackIndex);
            socket.Execute("set lo up");
            Assert.Equal(200, Addresses.List(socket).Count(a => a.Address.ToString().StartsWith("10.0.", StringComparison.Ordinal)));
            Assert.Equal(200, Routes.List(socket, RtNetlink.AF_INET).Count(r => r.Destination?.ToString().StartsWith("10.0.", StringComparison.Ordinal) == true));
        });
    }

    [Fact]
    public void ASocketOpenedInANamespaceStaysThereAndTheThreadComesBack()
    {
        using var space = TestNamespace.Create();
        using var other = TestNamespace.Create();
        other.Run(() =>
        {
            using var here = NetlinkSocket.Open();
            Links.CreateBridge(here.Begin(), "marker");
            here.Execute("create marker");
            using var there = NetlinkSocket.OpenIn(space.Fd.Number);
            Assert.Null(Links.Find(there, "marker"));
            using var again = NetlinkSocket.Open();
            Assert.NotNull(Links.Find(again, "marker"));
            var refused = Assert.Throws<KernelException>(() => NetlinkSocket.OpenIn(0));
            Assert.Equal(Errno.EINVAL, refused.Errno);
        });
    }

    [Fact]
    public void RequestsAllocateNothing()
    {
        using var space = TestNamespace.Create();
        space.Netlink(socket =>
        {
            var address = IPAddress.Parse("10.0.0.1");
            Round(socket, address);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                Round(socket, address);
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        });

        static void Round(NetlinkSocket socket, IPAddress address)
        {
            var batch = socket.Begin();
            Addresses.Add(batch, 4711, address, 24);
            Routes.Add(batch, address, 32, 4711);
            batch = socket.Begin();
            Links.SetUp(batch, Links.LoopbackIndex, alias: "mydocker");
            Links.SetMaster(batch, Links.LoopbackIndex, 0);
            socket.Execute("set lo up");
        }
    }
}
