using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>Golden plans: what a container's limits become on each kind of host. No root, nothing is changed.</summary>
public sealed class CgroupPlanTests
{
    private static readonly CgroupOptions NoDevices = new() { Devices = false };

    private static LinuxResources Everything => new()
    {
        Memory = new LinuxMemory { Limit = 26214400, Swap = 52428800, Reservation = 10485760 },
        Cpu = new LinuxCPU { Shares = 512, Quota = 2000, Period = 4000, Burst = 1000, Cpus = "0-1", Mems = "0" },
        Pids = new LinuxPids { Limit = 100 },
        BlockIO = new LinuxBlockIO
        {
            Weight = 500,
            WeightDevice = [new LinuxWeightDevice { Major = 8, Minor = 0, Weight = 300 }],
            ThrottleReadBpsDevice = [new LinuxThrottleDevice { Major = 8, Minor = 0, Rate = 1048576 }],
            ThrottleWriteIOPSDevice = [new LinuxThrottleDevice { Major = 8, Minor = 16, Rate = 50 }],
        },
        HugepageLimits = [new LinuxHugepageLimit { PageSize = "2MB", Limit = 4194304 }],
        Rdma = new() { ["mlx5_0"] = new LinuxRdma { HcaHandles = 2, HcaObjects = 2000 } },
    };

    [Fact]
    public void OnV1() => Golden(CgroupSetup.Plan(TestLayouts.V1, "/mydocker/web1", Everything, NoDevices), """
        mkdir /sys/fs/cgroup/cpu,cpuacct/mydocker/web1
        mkdir /sys/fs/cgroup/memory/mydocker/web1
        mkdir /sys/fs/cgroup/freezer/mydocker/web1
        mkdir /sys/fs/cgroup/cpuset/mydocker/web1
        inherit cpuset.cpus cpuset.mems /sys/fs/cgroup/cpuset/mydocker/web1
        mkdir /sys/fs/cgroup/pids/mydocker/web1
        mkdir /sys/fs/cgroup/devices/mydocker/web1
        mkdir /sys/fs/cgroup/blkio/mydocker/web1
        mkdir /sys/fs/cgroup/hugetlb/mydocker/web1
        mkdir /sys/fs/cgroup/rdma/mydocker/web1
        --
        write memory.limit_in_bytes 26214400
        write memory.memsw.limit_in_bytes 52428800
        write memory.soft_limit_in_bytes 10485760
        write cpuset.cpus 0-1
        write cpuset.mems 0
        write cpu.shares 512
        write cpu.cfs_period_us 4000
        write cpu.cfs_quota_us 2000
        write cpu.cfs_burst_us 1000
        write pids.max 100
        write blkio.weight 500 (or blkio.bfq.weight 500)
        write blkio.weight_device 8:0 300 (or blkio.bfq.weight_device 8:0 300)
        write blkio.throttle.read_bps_device 8:0 1048576
        write blkio.throttle.write_iops_device 8:16 50
        write hugetlb.2MB.limit_in_bytes 4194304
        write hugetlb.2MB.rsvd.limit_in_bytes 4194304
        write rdma.max mlx5_0 hca_handle=2 hca_object=2000
        --
        join cpu,cpuacct memory freezer cpuset pids devices blkio hugetlb rdma
        """);

    [Fact]
    public void OnV2() => Golden(CgroupSetup.Plan(TestLayouts.V2, "/mydocker/web1", Everything, NoDevices), """
        mkdir /sys/fs/cgroup/mydocker/web1
        write /sys/fs/cgroup/cgroup.subtree_control +memory +cpu +cpuset +pids +io +hugetlb +rdma
        write /sys/fs/cgroup/mydocker/cgroup.subtree_control +memory +cpu +cpuset +pids +io +hugetlb +rdma
        --
        write memory.swap.max 26214400
        write memory.max 26214400
        write memory.low 10485760
        write cpuset.cpus 0-1
        write cpuset.mems 0
        write cpu.weight 59
        write cpu.max 2000 4000
        write cpu.max.burst 1000
        write pids.max 100
        write io.bfq.weight 500 (or io.weight default 4950)
        write io.bfq.weight 8:0 300 (or io.weight 8:0 2930)
        write io.max 8:0 rbps=1048576
        write io.max 8:16 wiops=50
        write hugetlb.2MB.max 4194304
        write hugetlb.2MB.rsvd.max 4194304
        write rdma.max mlx5_0 hca_handle=2 hca_object=2000
        --
        clone into /sys/fs/cgroup/mydocker/web1
        """);

    [Fact]
    public void WhatOnlyV1Has()
    {
        var plan = CgroupSetup.Plan(TestLayouts.V1, "/a", new LinuxResources
        {
            Memory = new() { Kernel = 1048576, KernelTCP = 2097152, Swappiness = 10, UseHierarchy = true, DisableOOMKiller = true },
            Cpu = new() { RealtimePeriod = 1000000, RealtimeRuntime = 950000 },
            BlockIO = new() { LeafWeight = 100 },
        }, NoDevices);
        Assert.Equal(
            [
                "write memory.kmem.limit_in_bytes 1048576", "write memory.kmem.tcp.limit_in_bytes 2097152", "write memory.swappiness 10", "write memory.use_hierarchy 1",
                "write memory.oom_control 1", "write cpu.rt_period_us 1000000", "write cpu.rt_runtime_us 950000", "write blkio.leaf_weight 100",
            ],
            plan.Limits.Select(step => step.ToString()));
    }

    [Fact]
    public void OnAHybridHostBothAreUsedWhereNeeded() => Golden(CgroupSetup.Plan(TestLayouts.Hybrid, "/mydocker/web1", new LinuxResources
    {
        Memory = new LinuxMemory { Limit = 26214400, DisableOOMKiller = true },
        HugepageLimits = [new LinuxHugepageLimit { PageSize = "2MB", Limit = 0 }],
    }, NoDevices), """
        mkdir /sys/fs/cgroup/cpu/mydocker/web1
        mkdir /sys/fs/cgroup/cpuacct/mydocker/web1
        mkdir /sys/fs/cgroup/memory/mydocker/web1
        mkdir /sys/fs/cgroup/devices/mydocker/web1
        mkdir /sys/fs/cgroup/freezer/mydocker/web1
        mkdir /sys/fs/cgroup/pids/mydocker/web1
        mkdir /sys/fs/cgroup/unified/mydocker/web1
        write /sys/fs/cgroup/unified/cgroup.subtree_control +hugetlb
        write /sys/fs/cgroup/unified/mydocker/cgroup.subtree_control +hugetlb
        --
        write memory.limit_in_bytes 26214400
        write memory.oom_control 1
        write hugetlb.2MB.max 0
        write hugetlb.2MB.rsvd.max 0
        --
        join cpu cpuacct memory devices freezer pids
        clone into /sys/fs/cgroup/unified/mydocker/web1
        """);

    [Fact]
    public void WithoutLimitsOnlyTheUsualHierarchiesAreJoined()
    {
        var usual = CgroupSetup.Plan(TestLayouts.Hybrid, "/mydocker/web1", null, NoDevices);
        Assert.Equal(6, usual.JoinFiles.Count);
        Assert.Null(usual.CloneInto);
        var all = CgroupSetup.Plan(TestLayouts.Hybrid, "/mydocker/web1", null, NoDevices with { AllHierarchies = true });
        Assert.Equal(7, all.JoinFiles.Count);
        Assert.Contains("/sys/fs/cgroup/systemd/mydocker/web1/tasks", all.JoinFiles);
        Assert.Equal("/sys/fs/cgroup/unified/mydocker/web1", all.CloneInto);
    }

    [Fact]
    public void DevicesAreDeniedButForTheUsualOnesAndThoseGiven()
    {
        var plan = CgroupSetup.Plan(TestLayouts.V1, "/mydocker/web1", new LinuxResources
        {
            Devices = [new LinuxDeviceCgroup { Allow = false, Access = "rwm" }, new LinuxDeviceCgroup { Allow = true, Type = "c", Major = 10, Minor = 229, Access = "rw" }],
        });
        Assert.Equal(
            ["write devices.deny a", "write devices.allow c 10:229 rw", "write devices.allow c *:* m", "write devices.allow b *:* m", "write devices.allow c 1:3 rwm"],
            plan.Limits.Take(5).Select(s => s.ToString()));
        var privileged = new LinuxResources { Devices = [new LinuxDeviceCgroup { Allow = true, Access = "rwm" }] };
        Assert.Empty(CgroupSetup.Plan(TestLayouts.V1, "/mydocker/web1", privileged).Limits);
        Assert.Empty(CgroupSetup.Plan(TestLayouts.V2, "/mydocker/web1", privileged).Limits);
        Assert.Equal(CgroupStepKind.DeviceFilter, Assert.Single(CgroupSetup.Plan(TestLayouts.V2, "/mydocker/web1", null).Limits).Kind);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 1)]
    [InlineData(1024, 100)]
    [InlineData(512, 59)]
    [InlineData(2048, 174)]
    [InlineData(262144, 10000)]
    public void SharesBecomeAWeight(ulong shares, ulong weight) => Assert.Equal(weight, Kernel.Cgroups.V2.Cpu.WeightOfShares(shares));

    [Theory]
    [InlineData(100L, 100L, "0", "100")]
    [InlineData(100L, 150L, "50", "100")]
    [InlineData(100L, -1L, "max", "100")]
    [InlineData(-1L, null, "max", "max")]
    [InlineData(100L, null, null, "100")]
    public void MemoryAndSwapBecomeSwapAlone(long memory, long? total, string? swap, string max)
    {
        var steps = CgroupSetup.Plan(TestLayouts.V2, "/a", new LinuxResources { Memory = new LinuxMemory { Limit = memory, Swap = total } }, NoDevices).Limits;
        Assert.Equal(swap, steps.SingleOrDefault(s => s.File == "memory.swap.max")?.Value);
        Assert.Equal(max, steps.Single(s => s.File == "memory.max").Value);
    }

    public static TheoryData<string, string, LinuxResources> Refused => new()
    {
        { "v2", "memory.disableOOMKiller", new() { Memory = new() { Limit = 1, DisableOOMKiller = true } } },
        { "v2", "memory.swappiness", new() { Memory = new() { Swappiness = 10 } } },
        { "v1", "cpu.shares", new() { Cpu = new() { Shares = 1 } } },
        { "v2", "memory.swap", new() { Memory = new() { Swap = 100 } } },
        { "v2", "cpu.realtimeRuntime", new() { Cpu = new() { RealtimeRuntime = 1000 } } },
        { "v2", "network.classID", new() { Network = new() { ClassID = 7 } } },
        { "v2", "blockIO.leafWeight", new() { BlockIO = new() { LeafWeight = 100 } } },
        { "v2", "unified[\"foo.max\"]", new() { Unified = new() { ["foo.max"] = "1" } } },
        { "v2", "unified[\"../memory.max\"]", new() { Unified = new() { ["../memory.max"] = "1" } } },
        { "v1", "unified[\"memory.high\"]", new() { Unified = new() { ["memory.high"] = "1" } } },
        { "hybrid", "unified[\"memory.high\"]", new() { Unified = new() { ["memory.high"] = "1" } } },
        { "hybrid", "rdma", new() { Rdma = new() { ["m"] = new() { HcaHandles = 1 } } } },
        { "hybrid", "cpu.cpus", new() { Cpu = new() { Cpus = "0" } } },
        { "v1", "memory.swap", new() { Memory = new() { Limit = 200, Swap = 100 } } },
        { "v1", "cpu.period", new() { Cpu = new() { Period = 999 } } },
        { "v1", "cpu.quota", new() { Cpu = new() { Quota = 999 } } },
        { "v1", "memory.swappiness", new() { Memory = new() { Swappiness = 101 } } },
        { "v1", "hugepageLimits.pageSize", new() { HugepageLimits = [new() { PageSize = "../2MB", Limit = 1 }] } },
        { "v1", "devices", new() { Devices = [new() { Allow = true, Type = "x" }] } },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void WhatAHostCannotLimitIsAnErrorThatNamesIt(string host, string limit, LinuxResources resources)
    {
        var layout = host switch { "v1" => TestLayouts.V1, "v2" => TestLayouts.V2, _ => TestLayouts.Hybrid };
        var error = Assert.Throws<CgroupLimitException>(() => CgroupSetup.Plan(layout, "/a", resources));
        Assert.Equal(limit, error.Limit);
        Assert.StartsWith($"limit {limit} (", error.Message, StringComparison.Ordinal);
        Assert.Contains("; ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UnifiedKeysOfTheCoreAreWrittenLate()
    {
        var plan = CgroupSetup.Plan(TestLayouts.V2, "/a", new LinuxResources { Unified = new() { ["cgroup.freeze"] = "1", ["memory.high"] = "100", ["io.max"] = "8:0 rbps=1\n8:16 rbps=2" } }, NoDevices);
        Assert.Equal(["write cgroup.freeze 1"], plan.LateLimits.Select(s => s.ToString()));
        Assert.Equal(["write memory.high 100", "write io.max 8:0 rbps=1", "write io.max 8:16 rbps=2"], plan.Limits.Select(s => s.ToString()));
    }

    private static void Golden(CgroupPlan plan, string expected)
    {
        var lines = new List<string>();
        lines.AddRange(plan.Create.Select(s => s.ToString()));
        lines.Add("--");
        lines.AddRange(plan.Limits.Select(s => s.ToString()));
        lines.Add("--");
        if (plan.JoinFiles.Count > 0)
        {
            lines.Add("join " + string.Join(' ', plan.JoinFiles.Select(f => f.Split('/')[4])));
        }

        if (plan.CloneInto is not null)
        {
            lines.Add("clone into " + plan.CloneInto);
        }

        Assert.Equal(expected.Split('\n'), lines);
    }
}
