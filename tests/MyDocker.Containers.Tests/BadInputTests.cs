using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Every kind of bad input is refused before anything is made, by a message that names the option and what is right.</summary>
public sealed class BadInputTests : ContainerTest
{
    private void IsRefused(string[] options, params string[] messageHas)
    {
        var result = Engine.Run(["run", "--rm", .. options, Image, "/bin/true"]);
        Assert.True(result.ExitCode == 125, $"{string.Join(' ', options)}: exit code {result.ExitCode}, {result.Err}");
        Assert.DoesNotContain("internal error", result.Err);
        foreach (var text in messageHas)
        {
            Assert.Contains(text, result.Err);
        }

        // Without a command in between that could put things right.
        Assert.Empty(Census.Left(Engine));
        Assert.Empty(Engine.Ids);
    }

    [Theory]
    [InlineData("abc", "not a size")]
    [InlineData("", "not a size")]
    [InlineData("10q", "not a size")]
    [InlineData("1,5m", "not a size")]
    [InlineData("m", "not a size")]
    [InlineData("0", "more than zero")]
    [InlineData("0m", "more than zero")]
    [InlineData("-5m", "negative")]
    [InlineData("99999999999g", "too large")]
    public void Memory(string value, string reason) => IsRefused([$"--memory={value}"], "-m, --memory", reason);

    [Theory]
    [InlineData("1")]
    [InlineData("4096")]
    [InlineData("64k")]
    public void MemoryThatIsTooLittleNamesTheLeastThatWorks(string value)
    {
        IsRefused(["-m", value], "-m, --memory", "the least that works is ");
        var least = Engine.Run("run", "--rm", "-m", value, Image, "/bin/true").Err.Split("the least that works is ")[1].Split([' ', ';', '\n'])[0];
        Engine.Run("run", "--rm", "-m", least, Image, "/bin/true").Is(0);
    }

    [Fact]
    public void OomPauseWithoutMemory() => IsRefused(["-k"], "-k", "-m");

    [Theory]
    [InlineData("999")]
    [InlineData("1000001")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1ms")]
    [InlineData("99999999999999999999")]
    public void CpuPeriod(string value) => IsRefused([$"--cpu-period={value}"], "-c, --cpu-period", "1000", "1000000");

    [Theory]
    [InlineData("999")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("half")]
    public void CpuQuota(string value) => IsRefused([$"--cpu-quota={value}"], "-q, --cpu-quota", "1000");

    [Theory]
    [InlineData("192.168.2.2", "prefix")]
    [InlineData("nonsense", "prefix")]
    [InlineData("300.1.1.1/24", "prefix")]
    [InlineData("192.168.2.2/33", "prefix")]
    [InlineData("192.168.2.2/0", "prefix")]
    [InlineData("192.168.2.0/24", "network address")]
    [InlineData("192.168.2.255/24", "broadcast address")]
    [InlineData("127.0.0.2/8", "loopback")]
    [InlineData("224.1.1.1/24", "multicast")]
    [InlineData("0.0.0.1/24", "")]
    public void Address(string value, string reason) => IsRefused(["-a", value], "-a", value.Split('/')[0], reason);

    [Fact]
    public void AnAddressOfTheHost()
    {
        // Any address that the host has now; lo's would be refused for another reason.
        var own = Tool.Shell("ip -o -4 address show scope global | awk '{print $4}' | head -1").Trim();
        Assert.SkipWhen(own.Length == 0, "this host has no address");
        IsRefused(["-a", own], "-a", own.Split('/')[0]);
    }

    [Fact]
    public void AnAddressThatShadowsARouteOfTheHost()
    {
        var route = Tool.Shell("ip -o -4 route show scope link | grep / | awk '{print $1}' | head -1").Trim();
        Assert.SkipWhen(route.Length == 0, "this host has no network of its own");
        var bytes = System.Net.IPAddress.Parse(route.Split('/')[0]).GetAddressBytes();
        var own = Tool.Shell("ip -o -4 address show scope global").Trim();
        var address = Enumerable.Range(2, 200).Select(last => $"{bytes[0]}.{bytes[1]}.{bytes[2]}.{bytes[3] + last % (256 - bytes[3])}").First(candidate => !own.Contains(candidate, StringComparison.Ordinal));
        IsRefused(["-a", $"{address}/{route.Split('/')[1]}"], "-a", "route");
    }

    [Fact]
    public void ABridgeThatDoesNotExistIsNotMade()
    {
        var name = $"nobr{Environment.ProcessId % 1000000}";
        IsRefused(["-a", "192.168.2.2/24", "-b", name], name, "does not exist", "ip link add");
        Assert.False(Directory.Exists($"/sys/class/net/{name}"));
    }

    [Fact]
    public void ALinkThatIsNoBridge() => IsRefused(["-a", "192.168.2.2/24", "-b", "lo"], "lo", "bridge");

    [Fact]
    public void ABridgeWithoutAnAddress() => IsRefused(["-b", "br0"], "-b", "-a");

    [Theory]
    [InlineData("--cpus=0", "--cpus")]
    [InlineData("--cpus=-1", "--cpus")]
    [InlineData("--cpus=many", "--cpus")]
    [InlineData("--cpuset-cpus=999", "--cpuset-cpus")]
    [InlineData("--cpuset-cpus=1-0", "--cpuset-cpus")]
    [InlineData("--cpuset-cpus=a", "--cpuset-cpus")]
    [InlineData("--pids-limit=x", "--pids-limit")]
    [InlineData("--memory-swap=10m", "--memory-swap")]
    [InlineData("--shm-size=0", "--shm-size")]
    [InlineData("--shm-size=big", "--shm-size")]
    [InlineData("--ulimit=nofile", "--ulimit")]
    [InlineData("--ulimit=nonsense=1", "--ulimit")]
    [InlineData("--ulimit=nofile=9:5", "--ulimit")]
    [InlineData("--sysctl=kernel.core_pattern=x", "--sysctl")]
    [InlineData("--sysctl=vm.swappiness=1", "--sysctl")]
    [InlineData("--sysctl=nonsense", "--sysctl")]
    [InlineData("--network=bridge7", "--network")]
    [InlineData("--userns=other", "--userns")]
    [InlineData("--security-opt=nonsense", "--security-opt")]
    [InlineData("--device=/dev/no-such-device", "--device")]
    [InlineData("--device=/etc/passwd", "--device")]
    [InlineData("--mount=type=nonsense,target=/x", "--mount")]
    [InlineData("--mount=type=bind,target=/x", "--mount")]
    [InlineData("--tmpfs=relative", "--tmpfs")]
    [InlineData("--env-file=/no/such/file", "--env-file")]
    [InlineData("--add-host=nocolon", "--add-host")]
    [InlineData("--dns=nonsense", "--dns")]
    [InlineData("--stop-signal=NOSUCH", "--stop-signal")]
    [InlineData("--workdir=relative", "--workdir")]
    [InlineData("--hostname=a/b", "--hostname")]
    [InlineData("--name=a/b", "--name")]
    [InlineData("--label=", "--label")]
    [InlineData("--env==x", "--env")]
    [InlineData("--host-ip=1.2.3.4", "-a")]
    public void EveryOtherOption(string option, string named) => IsRefused([option], named);

    [Fact]
    public void OptionsThatExcludeEachOther()
    {
        IsRefused(["--cpus", "1", "-q", "5000"], "--cpus");
        IsRefused(["--network", "host", "-a", "192.168.2.2/24"], "-a", "--network");
        IsRefused(["--network", "host", "--sysctl", "net.ipv4.ip_forward=1"], "--sysctl");
        IsRefused(["--tmpfs", "/x", "--tmpfs", "/x"], "/x");
    }

    [Theory]
    [InlineData("update", "-m", "nonsense")]
    [InlineData("update", "-c", "5")]
    [InlineData("update", "-q", "5")]
    public void UpdateChecksLikeRun(string verb, string option, string value)
    {
        using var container = Engine.Up("exec sleep 1000", "-m", "32m");
        var result = Engine.Run(verb, option, value, container.Id);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(option, result.Err);
        Assert.Equal(33554432, container.Cgroup("memory", "memory.limit_in_bytes", "memory.max"));
    }
}
