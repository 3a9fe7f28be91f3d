using System.Diagnostics;
using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>The other limits of a container.</summary>
public sealed class LimitsTests : ContainerTest
{
    [Fact]
    public void TheNumberOfProcessesIsLimited()
    {
        var result = Engine.Run("run", "--rm", "--pids-limit", "20", Image, "/probe", "forks").Is(0);
        Assert.Equal("forks=19 EAGAIN\n", result.Out);
    }

    [Fact]
    public void AForkBombEndsAtTheDefaultLimitToo()
    {
        var count = int.Parse(Engine.Run("run", "--rm", Image, "/probe", "forks").Is(0).Out.Split('=', ' ')[1], CultureInfo.InvariantCulture);
        Assert.InRange(count, 100, 4096);
    }

    [Fact]
    public void ItRunsOnTheCpusNamedOnly()
        => Assert.Contains("Cpus_allowed_list:\t0", Engine.Run("run", "--rm", "--cpuset-cpus", "0", Image, "/bin/cat", "/proc/self/status").Is(0).Lines);

    [Fact]
    public void LimitsOfProcessesAreSet()
        => Assert.Equal(["64", "128"], Engine.Shell("ulimit -Sn; ulimit -Hn", "--ulimit", "nofile=64:128").Is(0).Lines);

    [Fact]
    public void CoreSizeAndOthersToo() => Assert.Equal(["0", "2048"], Engine.Shell("ulimit -c; ulimit -s", "--ulimit", "core=0", "--ulimit", "stack=2097152").Is(0).Lines);

    [Fact]
    public void SettingsOfTheNetworkNamespaceAreSet()
    {
        var before = File.ReadAllText("/proc/sys/net/ipv4/ip_forward");
        Assert.Equal(["1", "12345"], Engine.Shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni", "--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.shmmni=12345").Is(0).Lines);
        Assert.Equal(before, File.ReadAllText("/proc/sys/net/ipv4/ip_forward"));
    }

    [Fact]
    public void LowPortsAndPingNeedNoCapability()
        => Assert.Equal(["ping=ok", "port-80=ok"], Engine.Run("run", "--rm", "-u", "user", "--cap-drop=ALL", Image, "/probe", "network").Is(0).Lines);

    [Fact]
    public void ADeviceOfTheHostCanBeGiven()
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "this host has no /dev/fuse");
        Assert.Equal("a:e5\n", Engine.Shell("stat -c %t:%T /dev/fuse", "--device", "/dev/fuse").Is(0).Out);
    }

    [Fact]
    public void CpuPeriodAndQuotaLandInTheCgroup()
    {
        using var container = Engine.Up("exec sleep 1000", "-c", "4000", "-q", "2000");
        Assert.Equal("2000 4000", Bandwidth(container));
        Engine.Run("update", "-q", "8000", container.Id).Is(0);
        Assert.Equal("8000 4000", Bandwidth(container));
        Engine.Run("update", "--cpus", "0.5", container.Id).Is(0);
        var numbers = Bandwidth(container).Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(0.5, numbers[0] / numbers[1]);
    }

    [Theory]
    [InlineData("1.5", "150000")]
    [InlineData("0.01", "1000")]
    public void CpusAreAQuotaOfTheUsualPeriod(string cpus, string quota)
    {
        using var container = Engine.Up("exec sleep 1000", "--cpus", cpus);
        Assert.Equal($"{quota} 100000", Bandwidth(container));
    }

    /// <summary>Quota and period, as cpu.max of v2 has them.</summary>
    private static string Bandwidth(Container container)
        => Machine.IsCgroup2 ? container.Cgroup("", "cpu.max") : $"{container.Cgroup("cpu", "cpu.cfs_quota_us")} {container.Cgroup("cpu", "cpu.cfs_period_us")}";
}

/// <summary>The third experiment: a busy loop is held at its share of a CPU. Measured over time, so nothing else may run.</summary>
[Collection("alone")]
public sealed class CpuShareTests : ContainerTest
{
    [Theory]
    [InlineData(4000, 2000, 1)]
    [InlineData(100000, 10000, 1)]
    [InlineData(100000, 150000, 2)]
    public void ABusyLoopGetsItsShareAndNoMore(int period, int quota, int threads)
    {
        Assert.SkipWhen(Environment.ProcessorCount < threads, "too few CPUs");
        var share = (double)quota / period;
        using var container = Engine.Up(["/resource-test/cpu-test", "--threads", threads.ToString(CultureInfo.InvariantCulture)], ["-c", $"{period}", "-q", $"{quota}"], shows: "busy thread");
        long Used() => Machine.IsCgroup2 ? container.Counter("cpu.stat", "usage_usec") * 1000 : container.Cgroup("cpuacct", "cpuacct.usage", "");

        // Idle time (proc_stat(5), ticks of 10 ms) tells whether the loop could have had more: on a machine that is busy with
        // other things the floor proves nothing. The ceiling holds always.
        long Idle() => long.Parse(File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[4], CultureInfo.InvariantCulture);
        Wait.Until(() => Used() > 200_000_000, "the loop to be under way");
        var (best, wasIdle) = (0.0, false);
        for (var attempt = 0; attempt < 5 && best < 0.9 * share; attempt++)
        {
            var watch = Stopwatch.StartNew();
            var (before, idle) = (Used(), Idle());
            Thread.Sleep(2000);
            var measured = (Used() - before) / watch.Elapsed.TotalNanoseconds;
            wasIdle |= (Idle() - idle) * 0.01 / watch.Elapsed.TotalSeconds > 0.1;
            Assert.True(measured <= (share * 1.01) + (quota / 2_000_000.0), $"{measured:P1} of a CPU, more than {share:P0}");
            best = Math.Max(best, measured);
        }

        // What an emulated machine does not get of its host's CPUs it does not see either.
        Assert.SkipWhen(best < 0.9 * share && (!wasIdle || TimeFactor.Value > 1), $"the machine is busy with other things; the loop got {best:P1} of a CPU");
        Assert.True(best >= 0.9 * share, $"only {best:P1} of a CPU of {share:P0}");
    }
}
