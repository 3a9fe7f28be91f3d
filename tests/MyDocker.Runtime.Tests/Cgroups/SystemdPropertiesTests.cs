using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.Systemd;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Plan;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>What systemd is told. No systemd is needed: plans are data.</summary>
public sealed class SystemdPropertiesTests
{
    private const int Version = 257;

    [Theory]
    [InlineData(null, "system.slice", "mydocker-c1.scope")]
    [InlineData("machine.slice:libpod:abc", "machine.slice", "libpod-abc.scope")]
    [InlineData(":docker:abc", "system.slice", "docker-abc.scope")]
    [InlineData("a-b.slice:x:y+z", "a-b.slice", "x-y\\x2bz.scope")]
    [InlineData("system.slice:x:pod.slice", "system.slice", "pod.slice")]
    public void ACgroupsPathNamesAUnit(string? path, string slice, string unit)
        => Assert.Equal((slice, unit), CgroupUnit.Parse(path, "c1", user: false));

    [Theory]
    [InlineData("/mydocker/c1")]
    [InlineData("a:b")]
    [InlineData("a:b:c:d")]
    [InlineData("a.slice:b:")]
    [InlineData("a--b.slice:x:y")]
    [InlineData("nothing:x:y")]
    public void AnotherFormIsRefused(string path) => Assert.Throws<SpecException>(() => CgroupUnit.Parse(path, "c1", user: false));

    [Fact]
    public void LimitsBecomeProperties() => Assert.Equal(
        [
            "MemoryMax=26214400", "MemoryLow=10485760", "MemorySwapMax=26214400", "CPUWeight=59", "CPUQuotaPeriodUSec=4000", "CPUQuotaPerSecUSec=500000",
            "AllowedCPUs=0b", "AllowedMemoryNodes=01", "IOWeight=4950", "TasksMax=100",
        ],
        Properties(new LinuxResources
        {
            Memory = new() { Limit = 26214400, Swap = 52428800, Reservation = 10485760 },
            Cpu = new() { Shares = 512, Quota = 2000, Period = 4000, Cpus = "0-1,3", Mems = "0" },
            BlockIO = new() { Weight = 500 },
            Pids = new() { Limit = 100 },
        }));

    [Fact]
    public void OnV1TheyAreTheOldOnes() => Assert.Equal(
        ["MemoryLimit=26214400", "CPUShares=512", "CPUQuotaPeriodUSec=4000", "CPUQuotaPerSecUSec=infinity", "BlockIOWeight=500", "TasksMax=1"],
        Properties(new LinuxResources
        {
            Memory = new() { Limit = 26214400 },
            Cpu = new() { Shares = 512, Quota = -1, Period = 4000 },
            BlockIO = new() { Weight = 500 },
            Pids = new() { Limit = 0 },
        }, CgroupMode.Hybrid));

    [Fact]
    public void NoLimitIsInfinity() => Assert.Equal(
        ["MemoryMax=infinity", "MemorySwapMax=infinity", "TasksMax=infinity"],
        Properties(new LinuxResources { Memory = new() { Limit = -1 }, Pids = new() { Limit = -1 } }));

    [Fact]
    public void UnifiedHasTheLastWord() => Assert.Equal(
        ["MemoryMax=infinity", "MemoryHigh=2000", "CPUQuotaPeriodUSec=50000", "CPUQuotaPerSecUSec=100000", "CPUWeight=42", "AllowedCPUs=02", "TasksMax=9"],
        Properties(new LinuxResources
        {
            Memory = new() { Limit = 1000 },
            Cpu = new() { Shares = 512, Quota = 2000, Period = 4000, Cpus = "0" },
            Pids = new() { Limit = 100 },
            Unified = new()
            {
                ["memory.max"] = "max", ["memory.high"] = "2000", ["cpu.max"] = "5000 50000", ["cpu.weight"] = "42", ["cpuset.cpus"] = "1", ["pids.max"] = "9", ["io.max"] = "8:0 rbps=1",
            },
        }));

    [Fact]
    public void IdleIsAWeightOfNothing()
    {
        Assert.Equal(["CPUWeight=0"], Properties(new LinuxResources { Cpu = new() { Idle = 1, Shares = 512 } }));
        Assert.Equal(["CPUWeight=59"], Properties(new LinuxResources { Cpu = new() { Idle = 1, Shares = 512 } }, version: 251));
    }

    /// <summary>systemd counts in percents of a second; a quota between two is rounded up, and what is written to the file too.</summary>
    [Fact]
    public void AQuotaIsRoundedAsSystemdRoundsIt()
    {
        var resources = SystemdProperties.Rounded(new LinuxResources { Cpu = new() { Quota = 12345, Period = 100000 } });
        Assert.Equal(13000, resources.Cpu!.Quota);
        Assert.Equal(["CPUQuotaPeriodUSec=100000", "CPUQuotaPerSecUSec=130000"], Properties(resources));
    }

    [Fact]
    public void DevicesAreAListThatNeverAllowsMore()
    {
        var properties = SystemdProperties.For(
            new LinuxResources { Devices = [new() { Allow = false }, new() { Allow = true, Type = "b", Major = 8, Access = "r" }] }, CgroupMode.V2, Version, devices: true);
        Assert.Equal("DeviceAllow=", properties[0].ToString());
        Assert.Equal("DevicePolicy=strict", properties[1].ToString());
        Assert.StartsWith("DeviceAllow=block-8 r, char-* m, block-* m, /dev/char/1:3 rwm,", properties[2].ToString(), StringComparison.Ordinal);
        Assert.Contains("char-136 rwm", properties[2].ToString(), StringComparison.Ordinal);

        var open = SystemdProperties.For(new LinuxResources { Devices = [new() { Allow = true }] }, CgroupMode.V2, Version, devices: true);
        Assert.Equal(["DeviceAllow=", "DevicePolicy=auto"], open.Select(property => property.ToString()));

        // All but one: systemd has no such form, and denies all until our own filter is there.
        var butOne = SystemdProperties.For(
            new LinuxResources { Devices = [new() { Allow = true }, new() { Allow = false, Type = "b", Major = 8 }] }, CgroupMode.V2, Version, devices: true);
        Assert.Equal(["DeviceAllow=", "DevicePolicy=strict"], butOne.Select(property => property.ToString()));
    }

    [Theory]
    [InlineData("TimeoutStopUSec", "uint64 123456", "TimeoutStopUSec=123456", "t")]
    [InlineData("TimeoutStopSec", "1.5", "TimeoutStopUSec=1500000", "t")]
    [InlineData("RuntimeMaxSec", "2", "RuntimeMaxUSec=2000000", "t")]
    [InlineData("CollectMode", "'inactive-or-failed'", "CollectMode=inactive-or-failed", "s")]
    [InlineData("Description", "\"it's\"", "Description=it's", "s")]
    [InlineData("After", "['a.target', 'b, c.target']", "After=a.target b, c.target", "as")]
    [InlineData("SendSIGHUP", "true", "SendSIGHUP=yes", "b")]
    [InlineData("Nice", "-5", "Nice=-5", "i")]
    public void AnnotationsArePropertiesToo(string name, string text, string shown, string signature)
    {
        var property = UnitPropertyText.Parse(name, text);
        Assert.Equal((shown, signature), (property.ToString(), property.Signature));
    }

    [Theory]
    [InlineData("TimeoutStopUSec", "uint64 x")]
    [InlineData("timeout", "true")]
    [InlineData("After", "['a', 5]")]
    [InlineData("TimeoutStopSec", "'a'")]
    [InlineData("Description", "text")]
    public void OtherTextIsRefused(string name, string text)
        => Assert.Contains("annotations[\"org.systemd.property." + name, Assert.Throws<SpecException>(() => UnitPropertyText.Parse(name, text)).Message, StringComparison.Ordinal);

    [Fact]
    public void APlanStartsTheUnitAndMakesTheRest()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a user's plan asks the user's systemd");
        var plan = CgroupSetup.PlanSystemd(TestLayouts.V2, "machine.slice:libpod:abc", "abc", new LinuxResources { Pids = new() { Limit = 5 } });
        Assert.Equal("/machine.slice/libpod-abc.scope", plan.Cgroup.Path);
        Assert.Null(plan.CloneInto);
        Assert.Equal(
            ["Description=container abc", "Slice=machine.slice", "PIDs=0", "MemoryAccounting=yes", "CPUAccounting=yes", "IOAccounting=yes", "TasksAccounting=yes", "DefaultDependencies=no", "Delegate=yes", "DeviceAllow=", "DevicePolicy=strict"],
            plan.Unit!.Describe().Take(11));
        var hybrid = CgroupSetup.PlanSystemd(TestLayouts.Hybrid, null, "abc", null, options: new CgroupOptions { AllHierarchies = true });
        Assert.Equal("/system.slice/mydocker-abc.scope", hybrid.Cgroup.Path);
        Assert.DoesNotContain(hybrid.JoinFiles, file => file.Contains("/systemd/", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Properties(LinuxResources resources, CgroupMode mode = CgroupMode.V2, int version = Version)
        => SystemdProperties.For(resources, mode, version, devices: false).Select(property => property.ToString());
}
