using System.Diagnostics;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Tests;
using static MyDocker.Networks.Tests.NetworkHost;

namespace MyDocker.Networks.Tests;

/// <summary>Real networks, on a host that is a network namespace of the test's own.</summary>
public sealed class NetworkKernelTests
{
    [Fact]
    public void HostOnlyContainersInAnySubnetReachTheHostAndNotEachOther()
    {
        using var host = new NetworkHost();
        var before = host.Inventory();
        var same = host.Container("same-a").Start("192.168.1.2/24");
        var alike = host.Container("same-b").Start("192.168.1.3/24");
        var other = host.Container("other").Start("10.7.0.9/16");
        var lone = host.Container("lone").Start("172.20.0.1/32");
        foreach (var (container, address) in new[] { (same, "192.168.1.2"), (alike, "192.168.1.3"), (other, "10.7.0.9"), (lone, "172.20.0.1") })
        {
            Assert.True(Reaches(host.Space, container.Space, address), $"host to {container.Name}");
            Assert.True(Reaches(container.Space, host.Space, "192.168.1.1"), $"{container.Name} to host");
        }

        Assert.False(Reaches(same.Space, alike.Space, "192.168.1.3", 200));
        Assert.False(Reaches(same.Space, other.Space, "10.7.0.9", 200));

        // One goes, the others stay connected.
        Assert.True(same.Remove());
        Assert.False(same.Remove());
        Assert.True(Reaches(host.Space, alike.Space, "192.168.1.3"));
        Assert.True(alike.Remove() && other.Remove() && lone.Remove());
        Assert.Equal(before, host.Inventory());
    }

    [Fact]
    public void PingWorksBothWays()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/ping") || File.Exists("/bin/ping"), "needs ping");
        using var host = new NetworkHost();
        var container = host.Container("web").Start("10.7.0.9/16");
        foreach (var (space, address) in new[] { (container.Space, "192.168.1.1"), (host.Space, "10.7.0.9") })
        {
            var (code, output) = space.Exec("ping", "-c1", "-W5", address);
            Assert.True(code == 0, output);
        }
    }

    [Fact]
    public void ContainersOnABridgeReachEachOtherAndTheHostOnIt()
    {
        using var host = new NetworkHost();
        host.Bridge("br0", "192.168.2.1/24");
        var before = host.Inventory();
        var a = host.Container("a").Start("192.168.2.2/24", "br0");
        var b = host.Container("b").Start("192.168.2.4/24", "br0");
        Assert.True(Reaches(a.Space, b.Space, "192.168.2.4"));
        Assert.True(Reaches(b.Space, a.Space, "192.168.2.2"));
        Assert.True(Reaches(a.Space, host.Space, "192.168.2.1"));
        Assert.True(Reaches(host.Space, b.Space, "192.168.2.4"));
        Assert.True(a.Remove() && b.Remove());
        Assert.Equal(before, host.Inventory());
    }

    [Fact]
    public void ABridgeKeepsItsMacAndMtuWhenAContainerIsPluggedIn()
    {
        using var host = new NetworkHost();
        host.Bridge("br0");
        var before = host.Space.Netlink(socket =>
        {
            var bridge = Links.Find(socket, "br0")!.Index;
            Links.CreateVeth(socket.Begin(), new VethEnd("card", Mtu: 1400, Mac: new MacAddress(0x02_10_00_00_00_01)), new VethEnd("far", Mtu: 1400));
            socket.Execute("create");
            Links.SetMaster(socket.Begin(), Links.Find(socket, "card")!.Index, bridge);
            socket.Execute("plug");
            return Links.Find(socket, "br0");
        });
        Assert.Equal(1400, before!.Mtu);
        var container = host.Container("web").Start("192.168.2.2/24", "br0");
        Assert.Equal(before with { IsOperational = true }, host.Space.Netlink(socket => Links.Find(socket, "br0")));
        Assert.Equal(1400, container.Space.Netlink(socket => Links.Find(socket, "eth0"))!.Mtu);
    }

    [Fact]
    public void IPv6HostOnlyAndOnABridge()
    {
        using var host = new NetworkHost();
        host.Bridge("br0");
        var alone = host.Container("alone").Start("fd07::2/64", hostIp: "fd07::1");
        var a = host.Container("a").Start("fd08::2/64", "br0");
        var b = host.Container("b").Start("fd08::3/64", "br0");
        Assert.True(Reaches(alone.Space, host.Space, "fd07::1"));
        Assert.True(Reaches(host.Space, alone.Space, "fd07::2"));
        Assert.True(Reaches(a.Space, b.Space, "fd08::3"));
        Assert.Equal(("0", "0"), (Sysctl(alone.Space, "eth0/accept_ra"), Sysctl(host.Space, $"{alone.HostEnd}/accept_ra")));
    }

    [Fact]
    public void TheInterfaceIsWhatWasAskedForAndNothingElse()
    {
        using var host = new NetworkHost();
        var container = host.Container("web").Start("10.7.0.9/16");
        var links = container.Space.Netlink(Links.List);
        Assert.Equal(["eth0", "lo"], links.Where(link => link.IsUp).Select(link => link.Name).Order());
        var eth0 = links.Single(link => link.Name == "eth0");
        Assert.True(eth0.IsOperational);
        Assert.Equal(($"mydocker web {container.Id}", "02:42:0a:07:00:09", 1500), (eth0.Alias, eth0.Mac.ToString(), eth0.Mtu));
        Assert.Equal(["10.7.0.9/16"], container.Space.Netlink(socket => Addresses.List(socket, eth0.Index)).Select(a => $"{a.Address}/{a.PrefixLength}"));
        var outside = host.Space.Netlink(socket => Links.Find(socket, container.HostEnd))!;
        Assert.Equal(($"mydocker web {container.Id}", true), (outside.Alias, outside.IsUp));
        Assert.Equal(["192.168.1.1/32"], host.Space.Netlink(socket => Addresses.List(socket, outside.Index)).Select(a => $"{a.Address}/{a.PrefixLength}"));

        // No way out, and no IPv6 that nobody asked for.
        Assert.Null(container.Space.Netlink(socket => Routes.Match(socket, System.Net.IPAddress.Parse("8.8.8.8"), out _)));
        Assert.Equal("1", Sysctl(container.Space, "eth0/disable_ipv6"));
        Assert.Equal("1", Sysctl(host.Space, $"{container.HostEnd}/disable_ipv6"));
    }

    [Fact]
    public void WithoutAnInterfaceLoopbackIsUp()
    {
        using var host = new NetworkHost();
        var container = host.Container("none");
        host.Space.Run(() => NetworkPlan.For(host.Check(NetworkRequest.None), "none", container.Id).Run(null, container.Space.Fd.Number));
        Assert.True(Reaches(container.Space, container.Space, "127.0.0.1"));
        Assert.DoesNotContain("eth0", container.Space.Netlink(Links.List).Select(link => link.Name));
    }

    [Fact]
    public void ANamespaceOfAnotherUserNamespaceIsConfiguredFromOutside()
    {
        TestNamespace.SkipUnlessRoot();
        using var host = new NetworkHost();
        using var process = Process.Start(new ProcessStartInfo("unshare", ["--user", "--net", "sh", "-c", "echo ready; exec cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            Assert.SkipUnless(process.StandardOutput.ReadLine() == "ready", "this machine allows no user namespaces");
            using var netns = NetworkNamespace.OfProcess(process.Id);
            var checkedNetwork = host.Check(NetworkRequest.Parse(ip: "10.7.0.9/16"));
            host.Space.Netlink(socket => NetworkPlan.For(checkedNetwork, "user", "0123456789abcdef").Run(socket, netns.Number));
            Assert.Equal(0, host.Space.Exec("ping", "-c1", "-W5", "10.7.0.9").Code);
        }
        finally
        {
            process.StandardInput.Close(); // cat ends at the end of its input
            process.WaitForExit();
        }

        // The pair goes with the namespace; what the kernel has not cleaned up yet, the teardown removes.
        host.Space.Netlink(socket =>
        {
            NetworkTeardown.Remove(socket, ContainerLink.HostEnd("user", "0123456789abcdef"), "0123456789abcdef");
            Assert.Equal(["lo"], Links.List(socket).Where(link => link.Kind is null or "veth").Select(link => link.Name));
        });
    }

    [Fact]
    public void AFailureNamesItsStepAndLeavesNothing()
    {
        using var host = new NetworkHost();
        host.Bridge("br0");
        var first = host.Container("first");
        var second = host.Container("second");
        var before = host.Inventory();

        // Two starts with one address, both checked before either ran: the kernel refuses the second.
        var request = NetworkRequest.Parse(ip: "10.7.0.9/16");
        var (one, two) = (host.Check(request), host.Check(request));
        first.Run(one);
        var refused = Assert.Throws<NetworkException>(() => second.Run(two));
        Assert.Equal(
            $"network step 10: add route 10.7.0.9/32 dev {second.HostEnd} src 192.168.1.1: EEXIST (file exists); another container or program took the address at this moment; choose another",
            refused.Message);
        Assert.Null(second.Space.Netlink(socket => Links.Find(socket, "eth0")));
        Assert.True(Reaches(host.Space, first.Space, "10.7.0.9"));
        first.Remove();

        // The bridge goes between check and run.
        var onBridge = host.Check(NetworkRequest.Parse(ip: "192.168.2.2/24", bridge: "br0"));
        var gone = Assert.Throws<NetworkException>(() => second.Run(onBridge with { BridgeIndex = 4711 }));
        Assert.StartsWith($"network step 7: plug {second.HostEnd} into bridge br0: ", gone.Message, StringComparison.Ordinal);
        Assert.EndsWith("; bridge br0 has gone meanwhile; create it: ip link add br0 type bridge", gone.Message, StringComparison.Ordinal);

        // A step inside the container fails after the pair was made.
        second.Space.Netlink(socket =>
        {
            Links.SetUp(socket.Begin(), Links.LoopbackIndex);
            socket.Execute("set lo up");
            Routes.Add(socket.Begin(), System.Net.IPAddress.Parse("192.168.1.1"), 32, Links.LoopbackIndex);
            socket.Execute("add route");
        });
        var inside = Assert.Throws<NetworkException>(() => second.Run(two));
        Assert.Equal("network step 6: add route 192.168.1.1/32 dev eth0 in the container: EEXIST (file exists)", inside.Message);
        Assert.Null(second.Space.Netlink(socket => Links.Find(socket, "eth0")));
        Assert.Equal(before, host.Inventory());
    }

    [Fact]
    public void AStrangersLinkOfTheSameNameIsLeftAlone()
    {
        using var host = new NetworkHost();
        var container = host.Container("web");
        host.Card(container.HostEnd, "10.8.0.1/24");
        var before = host.Inventory();
        var refused = Assert.Throws<NetworkException>(() => container.Start("10.7.0.9/16"));
        Assert.StartsWith($"network step 2: create veth pair {container.HostEnd} ↔ eth0 in the container: EEXIST (file exists)", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith($"a link of that name is there already; see: ip link show {container.HostEnd}", refused.Message, StringComparison.Ordinal);
        Assert.False(container.Remove());
        Assert.Equal(before, host.Inventory());
    }

    [Fact]
    public void APairThatIsHalfMadeIsRemoved()
    {
        using var host = new NetworkHost();
        var before = host.Inventory();
        var container = host.Container("web");
        container.Space.Netlink(socket =>
        {
            Links.CreateVeth(socket.Begin(), new VethEnd("eth0", Index: 100), new VethEnd(container.HostEnd, NetnsFd: host.Space.Fd.Number, Mac: ContainerLink.HostMac(container.Id)));
            socket.Execute("create");
        });
        Assert.NotEqual(before, host.Inventory());
        Assert.True(container.Remove());
        Assert.Equal(before, host.Inventory());
    }

    [Fact]
    public void FiftyContainersSideBySideLeaveNothing()
    {
        using var host = new NetworkHost();
        var before = host.Inventory();
        var containers = Enumerable.Range(0, 50).Select(i => host.Container($"many-{i}").Start($"10.{i}.0.2/24")).ToList();
        Assert.True(Reaches(host.Space, containers[49].Space, "10.49.0.2"));
        Assert.All(containers, container => Assert.True(container.Remove()));
        Assert.Equal(before, host.Inventory());
    }

    [Fact]
    public void TheFirstPacketOfAContainerIsNotLost()
    {
        using var host = new NetworkHost();
        host.Bridge("br0", "192.168.2.1/24");
        for (var i = 0; i < 40; i++)
        {
            var container = host.Container($"first-{i}");
            var (bridge, target) = i % 2 == 0 ? (null, "192.168.1.1") : ("br0", "192.168.2.1");
            container.Start(bridge is null ? "10.7.0.9/16" : "192.168.2.2/24", bridge);
            Assert.True(Reaches(container.Space, host.Space, target, 900), $"{target}, attempt {i}"); // ARP asks again after 1 s
            container.Remove();
        }
    }

    [Fact]
    public void ARunAllocatesLittle()
    {
        using var host = new NetworkHost();
        var checkedNetwork = host.Check(NetworkRequest.Parse(ip: "10.7.0.9/16"));
        var containers = new[] { host.Container("a"), host.Container("b") };
        host.Space.Netlink(socket =>
        {
            var allocated = 0L;
            foreach (var container in containers)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                NetworkPlan.For(checkedNetwork, container.Name, container.Id).Run(socket, container.Space.Fd.Number);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                NetworkTeardown.Remove(socket, container.HostEnd, container.Id);
            }

            Assert.InRange(allocated, 0, 48 * 1024); // two buffers of 4 and 32 KB, and little else
        });
    }

    private static string Sysctl(TestNamespace space, string knob) => space.Run(() => File.ReadAllText($"/proc/sys/net/ipv6/conf/{knob}").Trim());
}
