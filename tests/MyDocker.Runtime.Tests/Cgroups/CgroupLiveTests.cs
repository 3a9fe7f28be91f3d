using System.Diagnostics;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>Real processes in real cgroups, of whatever kind this host has.</summary>
public sealed class CgroupLiveTests
{
    private const long Megabyte = 1 << 20;

    private static bool MemoryIsV1 => CgroupLayout.Detect().Of(Controllers.Memory) is { IsV2: false };

    [Fact]
    public void LimitsArriveAndTheCgroupLeavesNothingBehind()
    {
        string[] directories;
        using (var live = LiveCgroup.Make(new LinuxResources
        {
            Memory = new() { Limit = 32 * Megabyte },
            Cpu = new() { Quota = 20000, Period = 40000, Shares = 512, Cpus = "0" },
            Pids = new() { Limit = 64 },
        }))
        {
            directories = [.. live.Plan.Directories];
            var process = live.Start("exec sleep 1000");
            Assert.Contains(process.Id, live.Cgroup.Processes());
            var stats = live.Cgroup.Stats();
            Assert.Equal(32 * Megabyte, stats.Memory!.Limit);
            Assert.InRange(stats.Memory.Current, 1, 32 * Megabyte);
            Assert.Equal(64, stats.Pids!.Limit);
            Assert.Equal(1, stats.Pids.Current);
            Assert.Equal("0", live.Read(Controllers.Cpuset, "cpuset.cpus"));
            Assert.Contains("one", File.ReadAllText($"/proc/{process.Id}/cgroup"), StringComparison.Ordinal);
            Assert.Equal(live.Cgroup.Layout.Of(Controllers.Cpu)!.IsV2 ? "20000 40000" : "20000",
                live.Read(Controllers.Cpu, live.Cgroup.Layout.Of(Controllers.Cpu)!.IsV2 ? "cpu.max" : "cpu.cfs_quota_us"));
        }

        Assert.All(directories, d => Assert.False(Directory.Exists(d) || Directory.Exists(Path.GetDirectoryName(d)), d));
    }

    [Fact]
    public void AllHierarchiesMeansAll()
    {
        using var live = LiveCgroup.Make(options: new CgroupOptions { AllHierarchies = true });
        var process = live.Start("exec sleep 1000");
        Assert.All(File.ReadAllLines($"/proc/{process.Id}/cgroup"), line => Assert.EndsWith("/one", line, StringComparison.Ordinal));
    }

    [Fact]
    public void FrozenProcessesStandStillAndGoOn()
    {
        using var live = LiveCgroup.Make();
        live.Start("while :; do :; done");
        live.Cgroup.Freeze();
        Assert.True(live.Cgroup.IsFrozen());
        var before = live.Cgroup.Stats().Cpu!.Usage;
        bool IsSettled()
        {
            Thread.Sleep(50); // several ticks: running time is counted at each
            return before == (before = live.Cgroup.Stats().Cpu!.Usage);
        }

        Assert.True(LiveCgroup.WaitFor(IsSettled)); // a task counts as frozen a moment before it has left its CPU
        Thread.Sleep(50); // what must not happen has no event
        Assert.Equal(before, live.Cgroup.Stats().Cpu!.Usage);
        live.Cgroup.Thaw();
        Assert.False(live.Cgroup.IsFrozen());
        Assert.True(LiveCgroup.WaitFor(() => live.Cgroup.Stats().Cpu!.Usage > before));
    }

    [Fact]
    public void ACgroupThatIsGoneNeedsNoThaw()
    {
        using var live = LiveCgroup.Make();
        live.Cgroup.Freeze();
        live.Cgroup.Destroy(emptyParents: false, timeoutMilliseconds: 5000);
        live.Cgroup.Thaw();
    }

    [Fact]
    public void KillAllEndsForksAndFrozenOnes()
    {
        using var live = LiveCgroup.Make(new LinuxResources { Pids = new() { Limit = 40 } });
        var process = live.Start("(while :; do sleep 0.01 & done) 2>/dev/null & (while :; do sleep 0.01 & done) 2>/dev/null & wait");
        Assert.True(LiveCgroup.WaitFor(() => live.Cgroup.Processes().Count > 10));
        live.Cgroup.Freeze();
        Assert.True(live.Cgroup.KillAll());
        Assert.True(live.Cgroup.IsEmpty());
        Assert.True(process.WaitForExit(5000));
        live.Cgroup.Destroy(timeoutMilliseconds: 5000);
        live.Cgroup.Thaw(); // as systemd does it: gone is not frozen, and no error
    }

    [Fact]
    public void OutOfMemoryIsNoticedAndCounted()
    {
        using var live = LiveCgroup.Make(NoSwap(16));
        using var watch = live.Cgroup.WatchOom();
        var process = live.Start("dd if=/dev/zero of=/dev/null bs=64M count=1; echo $?");
        Assert.True(LiveCgroup.WaitReadable(watch.Fd, 10_000));
        Assert.Equal("137", process.StandardOutput.ReadToEnd().Trim());
        Assert.True(LiveCgroup.WaitFor(() => watch.Read().Kills == 1));
        var memory = live.Cgroup.Stats().Memory!;
        Assert.Equal(1, memory.OomKills);
        Assert.True(memory.LimitHits > 0 || MemoryIsV1); // Linux 6.18 leaves v1's failcnt at 0
        Assert.InRange(memory.Peak, 15 * Megabyte, 16 * Megabyte);
    }

    [Fact]
    public void WithPauseTheTaskStandsAtTheLimitAndGoesOnWhenItIsRaised()
    {
        Assert.SkipUnless(MemoryIsV1, "cgroup v2 has no such switch");
        var resources = NoSwap(16);
        resources.Memory!.DisableOOMKiller = true;
        using var live = LiveCgroup.Make(resources);
        using var watch = live.Cgroup.WatchOom();
        // Memory that the program itself touches: a fault in the middle of read(2) would fail with EFAULT instead of waiting.
        var process = live.Start("awk 'BEGIN { s = \"x\"; while (length(s) < 33554432) s = s s }'; echo $?");
        Assert.True(LiveCgroup.WaitReadable(watch.Fd, 10_000));
        Assert.True(LiveCgroup.WaitFor(() => watch.Read().UnderOom));
        Assert.False(process.HasExited);
        Assert.True(live.Cgroup.Stats().Memory!.UnderOom);

        // Memory and memory+swap must be raised in the other order than they were set: both are given, as a user does.
        CgroupSetup.Update(live.Cgroup, NoSwap(256)); // ample: some awks hold the text three times
        Assert.True(process.WaitForExit(10_000));
        Assert.Equal("0", process.StandardOutput.ReadToEnd().Trim());
        Assert.Equal(0, live.Cgroup.Stats().Memory!.OomKills);

        CgroupSetup.Update(live.Cgroup, NoSwap(8));
        Assert.Equal(8 * Megabyte, live.Cgroup.Stats().Memory!.Limit);
    }

    [Fact]
    public void ATaskPausedAtItsLimitCanBeKilled()
    {
        Assert.SkipUnless(MemoryIsV1, "cgroup v2 has no such switch");
        var resources = NoSwap(16);
        resources.Memory!.DisableOOMKiller = true;
        using var live = LiveCgroup.Make(resources);
        var process = live.Start("exec dd if=/dev/zero of=/dev/null bs=64M count=1");
        Assert.True(LiveCgroup.WaitFor(() => live.Cgroup.Stats().Memory!.UnderOom));
        Assert.True(live.Cgroup.KillAll(5000));
        Assert.True(process.WaitForExit(5000));
        Assert.Equal(137, process.ExitCode);
    }

    [Fact]
    public void AMemoryLimitBelowWhatIsHeldIsRefusedWithTheFigure()
    {
        using var live = LiveCgroup.Make(NoSwap(64));
        live.Start("x=$(head -c 20000000 /dev/zero | tr '\\0' x); sleep 1000");
        Assert.True(LiveCgroup.WaitFor(() => live.Cgroup.Stats().Memory!.NotReclaimable > 20_000_000));
        var error = Assert.Throws<CgroupLimitException>(() => CgroupSetup.Update(live.Cgroup, NoSwap(8)));
        Assert.Contains("bytes in use now", error.Message, StringComparison.Ordinal);
        Assert.Equal(64 * Megabyte, live.Cgroup.Stats().Memory!.Limit);
    }

    [Fact]
    public void TheCpuQuotaHolds()
    {
        using var live = LiveCgroup.Make(new LinuxResources { Cpu = new() { Period = 10000, Quota = 2000 } });
        live.Start("while :; do :; done");
        Assert.True(LiveCgroup.WaitFor(() => live.Cgroup.Stats().Cpu!.ThrottledPeriods > 1));
        var (used, at) = (live.Cgroup.Stats().Cpu!.Usage, Stopwatch.GetTimestamp());
        Thread.Sleep(500); // the window that is measured
        var share = (live.Cgroup.Stats().Cpu!.Usage - used) / Stopwatch.GetElapsedTime(at).TotalMicroseconds;
        Assert.InRange(share, 0.0, 0.23); // the lower bound depends on who else uses this machine

        CgroupSetup.Update(live.Cgroup, new LinuxResources { Cpu = new() { Period = 100000, Quota = -1 } });
        Assert.True(LiveCgroup.WaitFor(() =>
        {
            var (before, start) = (live.Cgroup.Stats().Cpu!.Usage, Stopwatch.GetTimestamp());
            Thread.Sleep(50);
            return (live.Cgroup.Stats().Cpu!.Usage - before) / Stopwatch.GetElapsedTime(start).TotalMicroseconds > 0.3;
        }));
    }

    [Fact]
    public void DevicesAreDeniedAndAllowedByAnUpdate()
    {
        using var live = LiveCgroup.Make();
        Assert.Equal("no", Try());
        CgroupSetup.Update(live.Cgroup, new LinuxResources { Devices = [new() { Allow = true, Type = "c", Major = 1, Minor = 11, Access = "r" }] });
        Assert.Equal("yes", Try());
        CgroupSetup.Update(live.Cgroup, new LinuxResources { Devices = [new() { Allow = true, Type = "c", Major = 10, Minor = 200, Access = "rw" }] });
        Assert.Equal("no", Try());

        string Try()
        {
            var attempt = live.Start("if : < /dev/null && ! ( : < /dev/kmsg ) 2>/dev/null; then echo no; else echo yes; fi");
            return attempt.StandardOutput.ReadToEnd().Trim();
        }
    }

    [Fact]
    public void CgroupsMadeInsideAreRemovedToo()
    {
        using var live = LiveCgroup.Make();
        var inner = live.Cgroup.DirectoryOf(Controllers.Pids) + "/inner/deeper";
        Directory.CreateDirectory(inner);
        var process = live.Start("exec sleep 1000");
        File.WriteAllText(inner + "/cgroup.procs", process.Id.ToString());
        Assert.True(live.Cgroup.KillAll());
        live.Cgroup.Destroy(timeoutMilliseconds: 5000);
        Assert.False(Directory.Exists(live.Cgroup.DirectoryOf(Controllers.Pids)));
        live.Cgroup.Destroy();
    }

    [Fact]
    public void ParallelStartsAndEndsShareAParent()
    {
        using var keep = LiveCgroup.Make(); // skips here where it must
        var parent = "/mydocker-test-" + Guid.NewGuid().ToString("N");
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            for (var round = 0; round < 25; round++)
            {
                var plan = CgroupSetup.Plan(keep.Cgroup.Layout, $"{parent}/{i}-{round}", new LinuxResources { Pids = new() { Limit = 5 } });
                plan.RunBeforeJoin();
                plan.Cgroup.Destroy(emptyParents: true, timeoutMilliseconds: 5000);
            }
        });
        Assert.All(keep.Cgroup.Layout.V1, h => Assert.False(Directory.Exists(h.Directory(parent))));
    }

    [Fact]
    public void HugePagesAreLimitedWhereverTheControllerIs()
    {
        var layout = CgroupLayout.Detect();
        Assert.SkipWhen(layout.Of(Controllers.Hugetlb) is null || !Directory.Exists("/sys/kernel/mm/hugepages/hugepages-2048kB"), "no hugetlb controller");
        using var live = LiveCgroup.Make(new LinuxResources { HugepageLimits = [new() { PageSize = "2MB", Limit = 4 * (ulong)Megabyte }] });
        Assert.Equal($"{4 * Megabyte}", live.Read(Controllers.Hugetlb, layout.Of(Controllers.Hugetlb)!.IsV2 ? "hugetlb.2MB.max" : "hugetlb.2MB.limit_in_bytes"));
    }

    [Fact]
    public void AProcessFromOutsideCanBeMovedIn()
    {
        using var live = LiveCgroup.Make();
        using var process = Process.Start("/bin/sleep", "1000");
        live.Plan.Join(process.Id);
        Assert.Equal([process.Id], live.Cgroup.Processes());
        foreach (var fd in live.Plan.OpenJoinFds())
        {
            Assert.False(fd.IsInvalid);
            fd.Dispose();
        }
    }

    [Fact]
    public void ACgroupInUseOrFrozenIsRefused()
    {
        using var live = LiveCgroup.Make();
        var again = CgroupSetup.Plan(live.Cgroup.Layout, live.Cgroup.Path, null, new CgroupOptions { CheckUnused = true });
        CgroupStep.RunAll(again.Check);
        live.Cgroup.Freeze();
        Assert.Contains("container's cgroup unexpectedly frozen", Assert.Throws<CgroupException>(again.RunBeforeJoin).Message, StringComparison.Ordinal);
        live.Cgroup.Thaw();
        live.Start("exec sleep 1000");
        Assert.Contains("container's cgroup is not empty: 1 process", Assert.Throws<CgroupException>(again.RunBeforeJoin).Message, StringComparison.Ordinal);
    }

    /// <summary>Whether this kernel counts memory and swap together.</summary>
    internal static bool WithSwap => CgroupLayout.Detect().Of(Controllers.Memory) is { } memory && (memory.IsV2 || File.Exists(memory.Mount + "/memory.memsw.limit_in_bytes"));

    private static LinuxResources NoSwap(long megabytes)
    {
        var bytes = megabytes * Megabyte;
        return new LinuxResources { Memory = new() { Limit = bytes, Swap = WithSwap ? bytes : null } };
    }
}
