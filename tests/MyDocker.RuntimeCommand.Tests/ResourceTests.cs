using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>
/// linux.resources and linux.cgroupsPath on cgroup v1, as the kernel's files tell them while the container runs; of v2 the same is
/// tested where it is (tests/vm).
/// </summary>
public sealed class ResourceTests
{
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void MemoryIsLimited(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Linux.Resources!.Memory = new() { Limit = 64 << 20, Reservation = 32 << 20, Swap = 96 << 20, Swappiness = 7, DisableOOMKiller = true, UseHierarchy = true };
        Check(bundle, ("memory", "memory.limit_in_bytes", "67108864"), ("memory", "memory.soft_limit_in_bytes", "33554432"),
            ("memory", "memory.memsw.limit_in_bytes", "100663296"), ("memory", "memory.swappiness", "7"), ("memory", "memory.use_hierarchy", "1"),
            ("memory", "memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 0"));
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void TheProcessorIsLimited(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Linux.Resources!.Cpu = new() { Shares = 333, Quota = 20_000, Period = 50_000, Cpus = "0", Mems = "0" };
        Check(bundle, ("cpu", "cpu.shares", "333"), ("cpu", "cpu.cfs_quota_us", "20000"), ("cpu", "cpu.cfs_period_us", "50000"),
            ("cpuset", "cpuset.cpus", "0"), ("cpuset", "cpuset.mems", "0"));
    }

    /// <summary>Fields that runc has since 1.2.</summary>
    [Theory]
    [MemberData(nameof(OciRuntime.AllSince12), MemberType = typeof(OciRuntime))]
    public void BurstAndIdleAreSet(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Linux.Resources!.Cpu = new() { Quota = 20_000, Burst = 10_000 };
        Check(bundle, ("cpu", "cpu.cfs_burst_us", "10000"));
        bundle.Linux.Resources.Cpu = new() { Idle = 1 };
        Check(bundle, ("cpu", "cpu.idle", "1"));
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void ProcessesAndInputAreLimited(string runtime)
    {
        using var bundle = new Bundle(runtime);
        var disk = File.ReadLines("/proc/partitions").Skip(2).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).First();
        var (major, minor) = (long.Parse(disk[0], System.Globalization.CultureInfo.InvariantCulture), long.Parse(disk[1], System.Globalization.CultureInfo.InvariantCulture));
        bundle.Linux.Resources!.Pids = new() { Limit = 42 };
        bundle.Linux.Resources.BlockIO = new()
        {
            ThrottleReadBpsDevice = [new() { Major = major, Minor = minor, Rate = 1 << 20 }],
            ThrottleWriteBpsDevice = [new() { Major = major, Minor = minor, Rate = 2 << 20 }],
            ThrottleReadIOPSDevice = [new() { Major = major, Minor = minor, Rate = 300 }],
            ThrottleWriteIOPSDevice = [new() { Major = major, Minor = minor, Rate = 400 }],
        };
        Check(bundle, ("pids", "pids.max", "42"),
            ("blkio", "blkio.throttle.read_bps_device", $"{major}:{minor} 1048576"), ("blkio", "blkio.throttle.write_bps_device", $"{major}:{minor} 2097152"),
            ("blkio", "blkio.throttle.read_iops_device", $"{major}:{minor} 300"), ("blkio", "blkio.throttle.write_iops_device", $"{major}:{minor} 400"));
    }

    /// <summary>What a host lacks is an error that names the field, before anything runs.</summary>
    [Theory]
    [InlineData("net_cls", "linux.resources.network.classID")]
    [InlineData("net_prio", "linux.resources.network.priorities")]
    [InlineData("hugetlb", "linux.resources.hugepageLimits")]
    [InlineData("rdma", "linux.resources.rdma")]
    public void AControllerThatIsMissingIsAnErrorOrWorks(string controller, string field)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var resources = bundle.Linux.Resources!;
        switch (controller)
        {
            case "net_cls": resources.Network = new() { ClassID = 0x10001 }; break;
            case "net_prio": resources.Network = new() { Priorities = [new() { Name = "lo", Priority = 5 }] }; break;
            case "hugetlb": resources.HugepageLimits = [new() { PageSize = "2MB", Limit = 4 << 20 }]; break;
            default: resources.Rdma = new() { ["mlx5_0"] = new() { HcaHandles = 3, HcaObjects = 10 } }; break;
        }

        var layout = CgroupLayout.Detect();
        if (layout.V1.Any(hierarchy => Path.GetFileName(hierarchy.Mount).Split(',').Contains(controller)))
        {
            Assert.SkipWhen(controller == "rdma", "needs a device");
            Check(bundle, controller switch
            {
                "net_cls" => ("net_cls", "net_cls.classid", "65537"),
                "net_prio" => ("net_prio", "net_prio.ifpriomap", "lo 5"),
                _ => ("hugetlb", "hugetlb.2MB.limit_in_bytes", "4194304"),
            });
        }
        else if (layout.Unified is { } unified && File.ReadAllText($"{unified.Mount}/cgroup.controllers").Split().Contains(controller))
        {
            bundle.Linux.CgroupsPath = $"/mydocker-tests-{Path.GetFileName(bundle.Directory)}";
            Assert.SkipWhen(controller == "rdma", "needs a device");
            bundle.Start();
            Assert.Equal("4194304", File.ReadAllText($"{unified.Mount}{bundle.Linux.CgroupsPath}/hugetlb.2MB.max").Trim());
        }
        else
        {
            Assert.Contains(field, bundle.Run("true").FailsWith(controller).Err, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void DevicesThatAreNotAllowedCannotBeOpened(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Process.Capabilities = Bundle.Capabilities("CAP_MKNOD");
        bundle.Linux.Resources!.Devices =
        [
            new() { Allow = false, Access = "rwm" },
            new() { Allow = true, Type = "c", Major = 10, Minor = 237, Access = "rm" }, // loop-control
            new() { Allow = true, Type = "b", Major = 7, Access = "m" },
        ];
        Assert.SkipUnless(File.Exists("/dev/loop-control"), "no loop devices here");
        bundle.Run("busybox mknod /tmp/control c 10 237 && : </tmp/control && echo x >/dev/null").Is(0);
        bundle.Run(": >/tmp/control").FailsWith("not permitted");
        bundle.Run("busybox mknod /tmp/loop b 7 0 && cat /tmp/loop").FailsWith("not permitted");
        bundle.Run("busybox mknod /tmp/mem c 1 1 && cat /tmp/mem").FailsWith("not permitted"); // nodes of any kind may be made, as with runc
        bundle.Run("cat /dev/urandom | busybox head -c 1 | busybox wc -c && busybox mknod /tmp/n c 1 3").Is(0); // the default devices
    }

    [Fact]
    public void UnifiedIsForVersion2()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.Resources!.Unified = new() { ["memory.high"] = "100000000" };
        if (CgroupLayout.Detect().Mode == CgroupMode.V2)
        {
            bundle.Run("true").Is(0);
            return;
        }

        bundle.Run("true").FailsWith("linux.resources.unified");
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void TheCgroupIsWhereThePathSays(string runtime)
    {
        using var bundle = new Bundle(runtime);
        var parent = $"/mydocker-tests/{Path.GetFileName(bundle.Directory)}";
        bundle.Linux.CgroupsPath = $"{parent}/box";
        var paths = bundle.Run("cat /proc/self/cgroup").Is(0).Lines.Where(line => line.Contains(":memory", StringComparison.Ordinal) || line.StartsWith("0::", StringComparison.Ordinal)).ToList();
        Assert.Contains(paths, line => line.EndsWith($"{parent}/box", StringComparison.Ordinal));
        RemoveParents(parent);
    }

    /// <summary>Runs a container and reads files of its cgroup meanwhile.</summary>
    private static void Check(Bundle bundle, params (string Controller, string File, string Text)[] expected)
    {
        var layout = CgroupLayout.Detect();
        Assert.SkipWhen(layout.Mode == CgroupMode.V2, "this host has cgroup v2 alone");
        var parent = $"/mydocker-tests/{Path.GetFileName(bundle.Directory)}";
        bundle.Linux.CgroupsPath = $"{parent}/box";
        var id = bundle.Start();
        foreach (var (controller, file, text) in expected)
        {
            var hierarchy = layout.V1.First(one => Path.GetFileName(one.Mount).Split(',').Contains(controller));
            var content = File.ReadAllText($"{hierarchy.Mount}{parent}/box/{file}").Trim();
            Assert.True(file == "net_prio.ifpriomap" ? content.Split('\n').Contains(text) : content == text, $"{file} is {content}, not {text}");
        }

        bundle.Command("delete", "-f", id).Is(0);
        RemoveParents(parent);
    }

    private static void RemoveParents(string path)
    {
        foreach (var hierarchy in CgroupLayout.Detect().V1)
        {
            OciRuntime.Execute("/bin/rmdir", [$"{hierarchy.Mount}{path}"]);
        }

        OciRuntime.Execute("/bin/sh", ["-c", $"rmdir /sys/fs/cgroup/*{path} 2>/dev/null; rmdir /sys/fs/cgroup/*/mydocker-tests 2>/dev/null; true"]);
    }
}
