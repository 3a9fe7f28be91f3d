using System.Text.Json;
using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using MyDocker.Oci.Runtime.Events;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>The counters of <c>events</c>, and the kills that it tells of.</summary>
public sealed class StatsReaderTests
{
    [Fact]
    public void V2FilesBecomeRuncsJson()
    {
        var mount = Directory.CreateTempSubdirectory("mydocker-cgroup2-").FullName;
        try
        {
            var leaf = Directory.CreateDirectory(mount + "/a").FullName;
            void Write(string file, string text) => File.WriteAllText($"{leaf}/{file}", text);
            Write("cpu.stat", "usage_usec 100\nuser_usec 60\nsystem_usec 40\nnr_periods 5\nnr_throttled 2\nthrottled_usec 33\n");
            Write("cpu.pressure", "some avg10=1.50 avg60=0.25 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
            Write("memory.current", "5000\n");
            Write("memory.max", "max\n");
            Write("memory.peak", "9000\n");
            Write("memory.swap.max", "0\n");
            Write("memory.swap.current", "0\n");
            Write("memory.stat", "anon 1000\nfile 4000\n");
            Write("memory.events", "max 3\n");
            Write("pids.current", "3\n");
            Write("pids.max", "max\n");
            Write("io.stat", "8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
            var data = StatsReader.Read(new Cgroup(TestLayouts.UnifiedAt(mount, "cpu io memory pids"), "/a"));
            var json = JsonSerializer.Serialize(new ContainerEvent { Type = ContainerEvent.Stats, Id = "c1", Data = data }, EventsJson.Default.ContainerEvent);
            Assert.Equal(
                """
                {"type":"stats","id":"c1","data":{"cpu":{"usage":{"total":100000,"kernel":40000,"user":60000},"throttling":{"periods":5,"throttledPeriods":2,"throttledTime":33000},"psi":{"some":{"avg10":1.5,"avg60":0.25,"avg300":0,"total":77},"full":{"avg10":0,"avg60":0,"avg300":0,"total":7}}},
                "cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0},
                "memory":{"cache":4000,"usage":{"limit":18446744073709551615,"usage":5000,"max":9000,"failcnt":3},"swap":{"limit":18446744073709551615,"usage":5000,"failcnt":0},"raw":{"anon":1000,"file":4000}},
                "pids":{"current":3},"blkio":{"ioServiceBytesRecursive":[{"major":8,"minor":16,"op":"Read","value":1},{"major":8,"minor":16,"op":"Write","value":2}],"ioServicedRecursive":[{"major":8,"minor":16,"op":"Read","value":3},{"major":8,"minor":16,"op":"Write","value":4}]},
                "hugetlb":{},"intel_rdt":{},"network_interfaces":null}}
                """.Replace("\n", "", StringComparison.Ordinal),
                json);
        }
        finally
        {
            Directory.Delete(mount, recursive: true);
        }
    }

    [Fact]
    public void AKillIsJustItsTypeAndTheId()
        => Assert.Equal("""{"type":"oom","id":"c1"}""", JsonSerializer.Serialize(new ContainerEvent { Type = ContainerEvent.OutOfMemory, Id = "c1" }, EventsJson.Default.ContainerEvent));

    [Fact]
    public void ARealCgroupIsCounted()
    {
        using var live = LiveCgroup.Make(new LinuxResources { Pids = new() { Limit = 64 }, Memory = new() { Limit = 64 << 20 } });
        var process = live.Start("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000");
        Assert.True(LiveCgroup.WaitFor(() => StatsReader.Read(live.Cgroup).Cpu.Usage!.Total > 1_000_000));
        var data = StatsReader.Read(live.Cgroup, process.Id);
        Assert.Equal((1UL, 64UL), (data.Pids.Current, data.Pids.Limit));
        Assert.Equal(64UL << 20, data.Memory.Usage!.Limit);
        Assert.InRange(data.Memory.Usage.Usage, 1UL, 64UL << 20);
        Assert.NotEmpty(data.Memory.Raw!);
        Assert.NotNull(data.NetworkInterfaces);
        Assert.DoesNotContain(data.NetworkInterfaces, one => one.Name == "lo");
        if (live.Cgroup.Layout.Mode == CgroupMode.V2 && File.Exists("/proc/pressure/memory"))
        {
            Assert.NotNull(data.Memory.Pressure);
            Assert.NotNull(data.Cpu.Pressure);
            Assert.NotNull(data.BlockIo.Pressure);
        }
    }

    [Fact]
    public void AKillAndTheEndAreNoticed()
    {
        using var live = LiveCgroup.Make(new LinuxResources { Memory = new() { Limit = 16 << 20, Swap = CgroupLiveTests.WithSwap ? 16 << 20 : null } });
        using var events = OomEvents.Watch(live.Cgroup);
        live.Start("sleep 1000 & dd if=/dev/zero of=/dev/null bs=64M count=1; wait");
        Assert.Equal(OomEvent.OutOfMemory, events.Wait(20_000));
        while (events.Wait(100) == OomEvent.OutOfMemory)
        {
            // v1 rings for each try of the kernel
        }

        live.Cgroup.KillAll();
        live.Cgroup.Destroy(timeoutMilliseconds: 5000);
        Assert.Equal(OomEvent.Ended, events.Wait(20_000));
    }
}
