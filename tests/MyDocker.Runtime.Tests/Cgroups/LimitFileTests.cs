using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>Each limit in the kernel's own file, read back: on whichever version of cgroups this host has.</summary>
public sealed class LimitFileTests
{
    public static TheoryData<string, LinuxResources, Controllers, string?, string?> Limits => new()
    {
        { "memory.limit", new() { Memory = new() { Limit = 32 << 20 } }, Controllers.Memory, "memory.limit_in_bytes 33554432", "memory.max 33554432" },
        { "memory.reservation", new() { Memory = new() { Reservation = 16 << 20 } }, Controllers.Memory, "memory.soft_limit_in_bytes 16777216", "memory.low 16777216" },
        { "memory.swap", new() { Memory = new() { Limit = 32 << 20, Swap = 48 << 20 } }, Controllers.Memory, "memory.memsw.limit_in_bytes 50331648", "memory.swap.max 16777216" },
        { "memory.swappiness", new() { Memory = new() { Swappiness = 10 } }, Controllers.Memory, "memory.swappiness 10", null },
        { "memory.kernelTCP", new() { Memory = new() { KernelTCP = 16 << 20 } }, Controllers.Memory, "memory.kmem.tcp.limit_in_bytes 16777216", null },
        { "memory.useHierarchy", new() { Memory = new() { UseHierarchy = true } }, Controllers.Memory, "memory.use_hierarchy 1", null },
        { "cpu.shares", new() { Cpu = new() { Shares = 512 } }, Controllers.Cpu, "cpu.shares 512", "cpu.weight 59" },
        { "cpu.quota", new() { Cpu = new() { Quota = 20000 } }, Controllers.Cpu, "cpu.cfs_quota_us 20000", "cpu.max 20000 100000" },
        { "cpu.period", new() { Cpu = new() { Period = 50000 } }, Controllers.Cpu, "cpu.cfs_period_us 50000", "cpu.max max 50000" },
        { "cpu.burst", new() { Cpu = new() { Quota = 20000, Period = 50000, Burst = 5000 } }, Controllers.Cpu, "cpu.cfs_burst_us 5000", "cpu.max.burst 5000" },
        { "cpu.idle", new() { Cpu = new() { Idle = 1, Shares = 512 } }, Controllers.Cpu, "cpu.idle 1", "cpu.idle 1" },
        { "cpu.cpus", new() { Cpu = new() { Cpus = "0" } }, Controllers.Cpuset, "cpuset.cpus 0", "cpuset.cpus 0" },
        { "cpu.mems", new() { Cpu = new() { Mems = "0" } }, Controllers.Cpuset, "cpuset.mems 0", "cpuset.mems 0" },
        { "pids.limit", new() { Pids = new() { Limit = 42 } }, Controllers.Pids, "pids.max 42", "pids.max 42" },
        { "pids.limit 0", new() { Pids = new() { Limit = 0 } }, Controllers.Pids, "pids.max 1", "pids.max 1" },
        { "pids.limit -1", new() { Pids = new() { Limit = -1 } }, Controllers.Pids, "pids.max max", "pids.max max" },
        { "blockIO.weight", new() { BlockIO = new() { Weight = 500 } }, Controllers.BlockIo, "blkio.weight 500|blkio.bfq.weight 500", "io.bfq.weight default 500|io.weight default 4950" },
        { "hugepageLimits", new() { HugepageLimits = [new() { PageSize = "2MB", Limit = 4 << 20 }] }, Controllers.Hugetlb, "hugetlb.2MB.limit_in_bytes 4194304", "hugetlb.2MB.max 4194304" },
        { "hugepageLimits rsvd", new() { HugepageLimits = [new() { PageSize = "2MB", Limit = 4 << 20 }] }, Controllers.Hugetlb, "hugetlb.2MB.rsvd.limit_in_bytes 4194304", "hugetlb.2MB.rsvd.max 4194304" },
        { "network.classID", new() { Network = new() { ClassID = 1048577 } }, Controllers.NetClass, "net_cls.classid 1048577", null },
        { "unified", new() { Unified = new() { ["memory.high"] = "20971520" } }, Controllers.Memory, null, "memory.high 20971520" },
        { "unified memory.low", new() { Unified = new() { ["memory.low"] = "10485760" } }, Controllers.Memory, null, "memory.low 10485760" },
        { "unified memory.swap.max", new() { Unified = new() { ["memory.swap.max"] = "5242880" } }, Controllers.Memory, null, "memory.swap.max 5242880" },
        { "unified cpu.weight", new() { Unified = new() { ["cpu.weight"] = "250" } }, Controllers.Cpu, null, "cpu.weight 250" },
        { "unified cpu.max", new() { Unified = new() { ["cpu.max"] = "30000 60000" } }, Controllers.Cpu, null, "cpu.max 30000 60000" },
        { "unified oom.group", new() { Unified = new() { ["memory.oom.group"] = "1" } }, Controllers.Memory, null, "memory.oom.group 1" },
    };

    [Theory]
    [MemberData(nameof(Limits), DisableDiscoveryEnumeration = true)]
    public void StandsInItsFile(string limit, LinuxResources resources, Controllers controller, string? v1, string? v2)
    {
        var hierarchy = CgroupLayout.Detect().Of(controller);
        Assert.SkipWhen(hierarchy is null, $"this host has no {controller} controller");
        var expected = hierarchy!.IsV2 ? v2 : v1;
        Assert.SkipWhen(expected is null, $"{limit} is not of this version of cgroups");
        using (var empty = LiveCgroup.Make(options: new CgroupOptions { AllHierarchies = true }))
        {
            // The first of several that there is: a file depends on the disk scheduler that is loaded.
            var files = expected!.Split('|');
            expected = Array.Find(files, value => File.Exists($"{empty.Cgroup.DirectoryIn(hierarchy)}/{value.Split(' ')[0]}"));
            Assert.SkipWhen(expected is null, $"this kernel has no {files[^1].Split(' ')[0]}");
        }

        var file = expected!.Split(' ')[0];
        using var live = LiveCgroup.Make(resources);
        Assert.Equal(expected, $"{file} {live.Read(controller, file).Split('\n')[0]}");
    }

    /// <summary>On a disk with the BFQ scheduler.</summary>
    [Fact]
    public void ADiskHasAWeightOfItsOwn()
    {
        var disk = Directory.EnumerateDirectories("/sys/block").FirstOrDefault(path => File.Exists(path + "/queue/scheduler") && File.ReadAllText(path + "/queue/scheduler").Contains("[bfq]", StringComparison.Ordinal));
        Assert.SkipWhen(disk is null, "no disk of this host has the BFQ scheduler");
        var number = File.ReadAllText(disk + "/dev").Trim();
        using var live = LiveCgroup.Make(new LinuxResources { BlockIO = new() { WeightDevice = [new() { Major = long.Parse(number.Split(':')[0]), Minor = long.Parse(number.Split(':')[1]), Weight = 300 }] } });
        Assert.Contains($"{number} 300", live.Read(Controllers.BlockIo, live.Cgroup.Layout.Of(Controllers.BlockIo)!.IsV2 ? "io.bfq.weight" : "blkio.bfq.weight_device").Split('\n'));
    }

    [Fact]
    public void AThrottledDiskHasItsRates()
    {
        var disk = Directory.EnumerateDirectories("/sys/block").FirstOrDefault(path => File.Exists(path + "/device/uevent") && !path.Contains("loop", StringComparison.Ordinal));
        Assert.SkipWhen(disk is null, "this host has no disk");
        var number = File.ReadAllText(disk + "/dev").Trim();
        var (major, minor) = (long.Parse(number.Split(':')[0]), long.Parse(number.Split(':')[1]));
        List<LinuxThrottleDevice> Rate(ulong rate) => [new() { Major = major, Minor = minor, Rate = rate }];
        using var live = LiveCgroup.Make(new LinuxResources
        {
            BlockIO = new() { ThrottleReadBpsDevice = Rate(1048576), ThrottleWriteBpsDevice = Rate(2097152), ThrottleReadIOPSDevice = Rate(100), ThrottleWriteIOPSDevice = Rate(200) },
        });
        if (live.Cgroup.Layout.Of(Controllers.BlockIo)!.IsV2)
        {
            Assert.Equal($"{number} rbps=1048576 wbps=2097152 riops=100 wiops=200", live.Read(Controllers.BlockIo, "io.max"));
        }
        else
        {
            Assert.Equal($"{number} 1048576", live.Read(Controllers.BlockIo, "blkio.throttle.read_bps_device"));
            Assert.Equal($"{number} 2097152", live.Read(Controllers.BlockIo, "blkio.throttle.write_bps_device"));
            Assert.Equal($"{number} 100", live.Read(Controllers.BlockIo, "blkio.throttle.read_iops_device"));
            Assert.Equal($"{number} 200", live.Read(Controllers.BlockIo, "blkio.throttle.write_iops_device"));
        }

        CgroupSetup.Update(live.Cgroup, new LinuxResources { BlockIO = new() { ThrottleReadBpsDevice = Rate(4194304) } });
        Assert.Contains("4194304", live.Read(Controllers.BlockIo, live.Cgroup.Layout.Of(Controllers.BlockIo)!.IsV2 ? "io.max" : "blkio.throttle.read_bps_device"), StringComparison.Ordinal);
    }
}
