using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>Plans for v2 run on a directory that looks like cgroupfs, so that they are tested on v1 hosts too.</summary>
public sealed class CgroupFakeTreeTests : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("mydocker-cgroup2-").FullName;

    private string Leaf => _mount + "/mydocker/web1";

    [Fact]
    public void LimitsAndControllersAreWrittenToTheirFiles()
    {
        Make(_mount, "cgroup.subtree_control");
        Make(_mount + "/mydocker", "cgroup.subtree_control");
        Make(Leaf, "memory.max", "cpu.max", "pids.max", "io.weight");
        var plan = CgroupSetup.Plan(Layout("cpu io memory pids"), "/mydocker/web1", new LinuxResources
        {
            Memory = new() { Limit = 1048576, Swap = 1048576 },
            Cpu = new() { Quota = 2000, Period = 4000 },
            Pids = new() { Limit = -1 },
            BlockIO = new() { Weight = 1000 },
        }, new CgroupOptions { Devices = false });
        plan.RunBeforeJoin();

        Assert.Equal("+memory +cpu +pids +io", File.ReadAllText(_mount + "/cgroup.subtree_control"));
        Assert.Equal("+memory +cpu +pids +io", File.ReadAllText(_mount + "/mydocker/cgroup.subtree_control"));
        Assert.Equal("1048576", File.ReadAllText(Leaf + "/memory.max"));
        Assert.Equal("2000 4000", File.ReadAllText(Leaf + "/cpu.max"));
        Assert.Equal("max", File.ReadAllText(Leaf + "/pids.max"));
        Assert.Equal("default 10000", File.ReadAllText(Leaf + "/io.weight"));
    }

    [Fact]
    public void AFailureNamesTheFileAndTheValueAndIsUndone()
    {
        Make(_mount, "cgroup.subtree_control");
        Make(_mount + "/mydocker", "cgroup.subtree_control");
        var plan = CgroupSetup.Plan(Layout("memory"), "/mydocker/web1", new LinuxResources { Memory = new() { Limit = 4096 } }, new CgroupOptions { Devices = false });
        var error = Assert.Throws<CgroupException>(plan.RunBeforeJoin);
        Assert.Equal($"write memory.max 4096 in {Leaf}: ENOENT (no such file or directory)", error.Message);
        Assert.False(Directory.Exists(Leaf));
    }

    [Fact]
    public void CountersAreReadFromV2Files()
    {
        Make(Leaf);
        Write("memory.current", "5000\n");
        Write("memory.peak", "9000\n");
        Write("memory.max", "max\n");
        Write("memory.stat", "anon 1000\nfile 4000\ninactive_file 3000\nactive_file 500\n");
        Write("memory.events", "low 0\nhigh 2\nmax 7\noom 3\noom_kill 1\noom_group_kill 0\n");
        Write("cpu.stat", "usage_usec 100\nuser_usec 60\nsystem_usec 40\nnr_periods 5\nnr_throttled 2\nthrottled_usec 33\n");
        Write("pids.current", "3\n");
        Write("pids.max", "10\n");
        Write("io.stat", "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
        var cgroup = new Cgroup(Layout("memory cpu io pids"), "/mydocker/web1");
        var stats = cgroup.Stats();
        Assert.Equal(new MemoryStats
        {
            Current = 5000, Peak = 9000, Anonymous = 1000, File = 4000, InactiveFile = 3000, ActiveFile = 500, LimitHits = 7, OomKills = 1,
        }, stats.Memory);
        Assert.Equal(1500, stats.Memory!.NotReclaimable);
        Assert.Equal(new CpuStats(100, 60, 40, 5, 2, 33), stats.Cpu);
        Assert.Equal(new PidsStats(3, 10), stats.Pids);
        Assert.Equal(new IoStats(8, 16, 1, 2, 3, 4), Assert.Single(stats.Io));
    }

    [Fact]
    public void AMemoryLimitBelowUseIsRefusedUnlessForced()
    {
        Make(Leaf, "memory.max");
        Write("memory.current", "5000\n");
        Write("memory.stat", "inactive_file 3000\nactive_file 500\n");
        var cgroup = new Cgroup(Layout("memory"), "/mydocker/web1");
        var error = Assert.Throws<CgroupLimitException>(() => CgroupSetup.Update(cgroup, new LinuxResources { Memory = new() { Limit = 1499 } }));
        Assert.Contains("below the 1500 bytes in use", error.Message, StringComparison.Ordinal);
        CgroupSetup.Update(cgroup, new LinuxResources { Memory = new() { Limit = 1500 } });
        Assert.Equal("1500", File.ReadAllText(Leaf + "/memory.max"));
        CgroupSetup.Update(cgroup, new LinuxResources { Memory = new() { Limit = 1000 } }, force: true);
        Assert.StartsWith("1000", File.ReadAllText(Leaf + "/memory.max"), StringComparison.Ordinal);
    }

    /// <summary>checkBeforeUpdate of the specification, in both directions.</summary>
    [Fact]
    public void TheCheckCanBeStrictOrLeftOut()
    {
        Make(Leaf, "memory.max");
        Write("memory.current", "5000\n");
        Write("memory.stat", "inactive_file 3000\nactive_file 500\n");
        var cgroup = new Cgroup(Layout("memory"), "/mydocker/web1");
        LinuxResources Limit(long bytes, bool? check, long? swap = null) => new() { Memory = new() { Limit = bytes, Swap = swap, CheckBeforeUpdate = check } };
        Assert.Contains("rejecting memory limit 1600 <= usage 5000", Assert.Throws<CgroupLimitException>(() => CgroupSetup.Update(cgroup, Limit(1600, check: true))).Message, StringComparison.Ordinal);
        Assert.Contains("rejecting memory+swap limit 1700 <= usage 5000", Assert.Throws<CgroupLimitException>(() => CgroupSetup.Update(cgroup, Limit(1600, check: true, swap: 1700))).Message, StringComparison.Ordinal);
        CgroupSetup.Update(cgroup, Limit(1024, check: false));
        Assert.Equal("1024", File.ReadAllText(Leaf + "/memory.max"));
    }

    [Fact]
    public void NoProcessesMeansOne()
    {
        Make(Leaf, "pids.max");
        CgroupSetup.Update(new Cgroup(Layout("pids"), "/mydocker/web1"), new LinuxResources { Pids = new() { Limit = 0 } });
        Assert.Equal("1", File.ReadAllText(Leaf + "/pids.max"));
    }

    [Fact]
    public void OnlyTheSwapOfAnUpdateTakesTheLimitThatIsThere()
    {
        Make(Leaf, "memory.swap.max");
        Write("memory.max", "1000\n");
        CgroupSetup.Update(new Cgroup(Layout("memory"), "/mydocker/web1"), new LinuxResources { Memory = new() { Swap = 3000 } });
        Assert.Equal("2000", File.ReadAllText(Leaf + "/memory.swap.max"));
    }

    [Fact]
    public async Task AChangeOfMemoryEventsWakesTheWatch()
    {
        Make(Leaf);
        Write("memory.events", "high 0\nmax 0\noom 0\noom_kill 0\n");
        using var watch = new Cgroup(Layout("memory"), "/mydocker/web1").WatchOom();
        Assert.Equal(0, watch.Read().Kills);
        await File.WriteAllTextAsync(Leaf + "/memory.events", "high 4\nmax 2\noom 1\noom_kill 1\n");
        Assert.True(LiveCgroup.WaitReadable(watch.Fd, 5000));
        Assert.Equal(new OomState(1, false, 2, 4, 1), watch.Read());
        Assert.False(LiveCgroup.WaitReadable(watch.Fd, 0));
    }

    public void Dispose() => Directory.Delete(_mount, recursive: true);

    private CgroupLayout Layout(string controllers) => TestLayouts.UnifiedAt(_mount, controllers);

    private void Write(string file, string text) => File.WriteAllText($"{Leaf}/{file}", text);

    private static void Make(string directory, params string[] files)
    {
        Directory.CreateDirectory(directory);
        foreach (var file in files)
        {
            File.WriteAllText($"{directory}/{file}", "");
        }
    }
}
