using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>The fourth experiment: host-only networks, bridges, and nothing left of either.</summary>
public sealed class NetworkTests : ContainerTest
{
    // 198.18.0.0/15 is for tests (RFC 2544); a part of it for each run of the tests on this machine.
    private static readonly int s_part = Environment.ProcessId % 200;
    private static readonly string s_host = $"198.19.{s_part}.1";

    private static string Address(int subnet, int host) => $"198.18.{(s_part + subnet) % 256}.{host}";

    private static string Routes() => Tool.Shell("ip -o address show; ip route show; ip -o link show | cut -d: -f2");

    private Container UpWith(string address, params string[] options) => Engine.Up("exec sleep 1000", ["-a", $"{address}/24", .. options]);

    /// <summary>A second command in the network of a container: it has no way in yet, so the host's nsenter does it.</summary>
    private static Result In(Container container, params string[] command)
    {
        Machine.RequireTool("nsenter", "util-linux");
        return Tool.Run("nsenter", ["-t", $"{container.Pid}", "-n", .. command]);
    }

    private static void Ping(string address) => Tool.Run("ping", "-c", "1", "-W", "5", address).Is(0);

    public NetworkTests()
    {
        Machine.Require();
        Machine.RequireTool("ip", "iproute2");
        Machine.RequireTool("ping", "iputils-ping");
    }

    [Fact]
    public void HostAndContainerReachEachOtherWithoutABridge()
    {
        var before = Routes();
        using (var container = Engine.Up($"ip -o addr show eth0; ip route; ping -c 1 -W 5 {s_host} && echo reached; exec sleep 1000", "-a", $"{Address(0, 2)}/24", "--host-ip", s_host))
        {
            container.Command.Shows("reached");
            Assert.Contains($"{Address(0, 2)}/24", container.Command.Out);
            Ping(Address(0, 2));
            var link = Tool.Shell($"ip -o route get {Address(0, 2)}");
            Assert.Contains(container.Id[..8], link); // the host's end is named after the container
            Assert.Contains($"src {s_host}", link);
        }

        Engine.Run("ps").Is(0);
        Assert.Equal(before, Routes());
    }

    [Fact]
    public void TheHostsEndIsTheOriginals()
    {
        Assert.SkipWhen(Routes().Contains("192.168.1.", StringComparison.Ordinal), "192.168.1.0/24 is in use on this host");
        var result = Engine.Run("run", "--rm", "-a", $"{Address(1, 2)}/24", Image, "/bin/ping", "-c", "1", "-W", "5", "192.168.1.1");
        Assert.SkipWhen(result.ExitCode == 125 && result.Err.Contains("192.168.1.1", StringComparison.Ordinal), "somebody else's container has 192.168.1.1 now");
        result.Is(0);
    }

    [Fact]
    public void ContainersInDifferentSubnetsLiveSideBySide()
    {
        using var one = UpWith(Address(2, 2), "--host-ip", s_host);
        using var two = UpWith(Address(3, 2), "--host-ip", s_host);
        using var three = UpWith(Address(3, 3), "--host-ip", s_host);
        foreach (var (container, address) in ((Container, string)[])[(one, Address(2, 2)), (two, Address(3, 2)), (three, Address(3, 3))])
        {
            Ping(address);
            In(container, "ping", "-c", "1", "-W", "5", s_host).Is(0);
        }
    }

    [Fact]
    public void ContainersOnABridgeReachEachOther()
    {
        var bridge = $"tb{Environment.ProcessId % 1000000}";
        Tool.Run("ip", "link", "add", bridge, "type", "bridge").Is(0);
        try
        {
            Tool.Run("ip", "link", "set", bridge, "up").Is(0);
            using (var one = UpWith(Address(4, 2), "-b", bridge))
            using (var two = UpWith(Address(4, 4), "-b", bridge))
            {
                In(one, "ping", "-c", "1", "-W", "5", Address(4, 4)).Is(0);
                In(two, "ping", "-c", "1", "-W", "5", Address(4, 2)).Is(0);
                Assert.Equal(2, Directory.GetDirectories($"/sys/class/net/{bridge}/brif").Length);

                // From inside as well, with the image's own tool.
                Engine.Run("run", "--rm", "-a", $"{Address(4, 5)}/24", "-b", bridge, Image, "/bin/ping", "-c", "1", "-W", "5", Address(4, 2)).Is(0);
            }

            Engine.Run("ps").Is(0);
            Assert.Empty(Directory.GetDirectories($"/sys/class/net/{bridge}/brif"));
        }
        finally
        {
            Tool.Run("ip", "link", "delete", bridge).Is(0);
        }
    }

    [Fact]
    public void AnAddressThatAnotherContainerHasIsRefused()
    {
        using var container = UpWith(Address(5, 2), "--host-ip", s_host, "--name", "first");
        var result = Engine.Run("run", "--rm", "-a", $"{Address(5, 2)}/24", "--host-ip", s_host, Image, "/bin/true").Is(125);
        Assert.Contains(Address(5, 2), result.Err);
        Ping(Address(5, 2));

        using var other = new Engine();
        Assert.Contains(Address(5, 2), other.Run("run", "--rm", "-a", $"{Address(5, 2)}/24", "--host-ip", s_host, Image, "/bin/true").Is(125).Err);
        Census.AssertNothingLeft(other);
        Ping(Address(5, 2));
    }

    [Fact]
    public void AnAddressIsFreeAgainAtOnce()
    {
        for (var i = 0; i < 5; i++)
        {
            Engine.Run("run", "--rm", "-a", $"{Address(6, 2)}/24", "--host-ip", s_host, Image, "/bin/ping", "-c", "1", "-W", "5", s_host).Is(0);
        }
    }

    [Fact]
    public void WithoutANetworkThereIsLoopbackOnly()
    {
        Assert.Equal(["lo"], Engine.Run("run", "--rm", "--network", "none", Image, "/bin/ls", "/sys/class/net").Is(0).Lines);
        Assert.Equal("", Engine.Run("run", "--rm", "--network", "none", Image, "/bin/ip", "route").Is(0).Out);
    }

    [Fact]
    public void TheHostsNetworkIsTheHosts()
    {
        var own = Directory.EnumerateFileSystemEntries("/sys/class/net").Select(Path.GetFileName).Order();
        var theirs = Engine.Run("run", "--rm", "--network", "host", Image, "/bin/sh", "-c", "ip -o link | cut -d: -f2 | cut -d@ -f1 | tr -d ' '").Is(0).Lines.Order();
        Assert.Contains("lo", theirs);
        Assert.True(theirs.Intersect(own).Count() >= 1);
        Assert.Equal(Environment.MachineName, Engine.Run("run", "--rm", "--network", "host", Image, "/bin/hostname").Is(0).Out.Trim());
    }

    [Fact]
    public void ACommandThatFailsLeavesNoLink()
    {
        var before = Routes();
        Engine.Run("run", "--rm", "-a", $"{Address(7, 2)}/24", "--host-ip", s_host, Image, "/no/such/command").Is(127);
        Assert.Equal(before, Routes());
    }
}
