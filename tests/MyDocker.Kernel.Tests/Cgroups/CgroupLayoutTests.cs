using System.Diagnostics;
using MyDocker.Kernel.Cgroups;

namespace MyDocker.Kernel.Tests.Cgroups;

public sealed class CgroupLayoutTests
{
    [Fact]
    public void ControllersMountedTogetherAreOneHierarchy()
    {
        var layout = MountTables.Parse(MountTables.V1);
        Assert.Equal(CgroupMode.V1, layout.Mode);
        Assert.Equal(10, layout.V1.Count);
        Assert.Null(layout.Unified);
        Assert.Same(layout.Of(Controllers.Cpu), layout.Of(Controllers.CpuAcct));
        Assert.Equal("/sys/fs/cgroup/cpu,cpuacct", layout.Of(Controllers.Cpu)!.Mount);
        Assert.Equal("/sys/fs/cgroup/net_cls,net_prio", layout.Of(Controllers.NetPrio)!.Mount);
        Assert.Equal("systemd", layout.V1[0].Name);
        Assert.Null(layout.Of(Controllers.Rdma));
    }

    [Fact]
    public void OnAHybridHostEachControllerIsWhereItIsMounted()
    {
        var layout = MountTables.Parse(MountTables.Hybrid, "hugetlb");
        Assert.Equal(CgroupMode.Hybrid, layout.Mode);
        Assert.Equal("/sys/fs/cgroup/memory", layout.Of(Controllers.Memory)!.Mount);
        Assert.False(layout.Of(Controllers.Memory)!.ReadOnly);
        Assert.Same(layout.Unified, layout.Of(Controllers.Hugetlb));
        Assert.False(layout.Of(Controllers.Devices)!.IsV2);
        Assert.Null(layout.Of(Controllers.Rdma));
    }

    [Fact]
    public void OnV2DevicesAndFreezerNeedNoController()
    {
        var layout = MountTables.Parse(MountTables.V2, "cpuset cpu io memory pids\n");
        Assert.Equal(CgroupMode.V2, layout.Mode);
        Assert.Empty(layout.V1);
        Assert.Same(layout.Unified, layout.Of(Controllers.Devices));
        Assert.Same(layout.Unified, layout.Of(Controllers.Freezer));
        Assert.Same(layout.Unified, layout.Of(Controllers.BlockIo));
        Assert.Null(layout.Of(Controllers.Hugetlb));
    }

    [Fact]
    public void NoCgroupsAreNoError()
        => Assert.Equal(CgroupMode.None, MountTables.Parse("22 27 0:21 / /proc rw,relatime - proc proc rw\n").Mode);

    [Theory]
    [InlineData("4:memory:/docker/abc/inner\n", "/inner")]
    [InlineData("4:memory:/docker/abc\n", "/")]
    [InlineData("9:cpu,cpuacct:/other\n", "/")]
    public void InsideAContainerTheOwnPathStartsAtTheMount(string selfCgroup, string expected)
        => Assert.Equal(expected, CgroupLayout.OwnPath(MountTables.Parse(MountTables.Nested).Of(Controllers.Memory)!, selfCgroup));

    [Fact]
    public void TheOwnPathOfEachKindOfHierarchyIsFound()
    {
        const string Text = "12:cpuacct,cpu:/a\n3:name=systemd:/user.slice/b:c\n0::/d\n";
        Assert.Equal("/a", CgroupLayout.OwnPath(MountTables.Parse(MountTables.V1).Of(Controllers.Cpu)!, Text));
        Assert.Equal("/user.slice/b:c", CgroupLayout.OwnPath(MountTables.Parse(MountTables.V1).V1[0], Text));
        Assert.Equal("/d", CgroupLayout.OwnPath(MountTables.Parse(MountTables.V2).Unified!, Text));
        Assert.Equal("/", CgroupLayout.OwnPath(MountTables.Parse(MountTables.V2).Unified!, "0::/../elsewhere\n"));
    }

    [Fact]
    public void AReadOnlyMountAndAnEscapedPathAreUnderstood()
    {
        Assert.True(MountTables.Parse(MountTables.Nested).Of(Controllers.Memory)!.ReadOnly);
        var layout = MountTables.Parse("1 2 0:3 / /mnt/a\\040b\\134c rw - cgroup2 none rw\n");
        Assert.Equal("/mnt/a b\\c", layout.Unified!.Mount);
    }

    [Theory]
    [InlineData("/mydocker/../../etc", "/etc")]
    [InlineData("//a/./b/", "/a/b")]
    public void NoPathLeadsOutOfAMount(string path, string expected)
    {
        var layout = MountTables.Parse(MountTables.V1);
        Assert.Equal(expected, Cgroup.Resolve(layout, layout.V1[0], path));
        Assert.Throws<CgroupException>(() => Cgroup.Resolve(layout, layout.V1[0], "/a/.."));
    }

    [Fact]
    public void DetectionFindsThisHostAndIsCheap()
    {
        var layout = CgroupLayout.Detect();
        foreach (var hierarchy in layout.V1)
        {
            Assert.True(Directory.Exists(hierarchy.Mount), hierarchy.Mount);
        }

        var best = long.MaxValue;
        for (var i = 0; i < 200; i++)
        {
            var start = Stopwatch.GetTimestamp();
            CgroupLayout.Detect();
            best = Math.Min(best, Stopwatch.GetTimestamp() - start);
        }

        var micros = best * 1_000_000 / Stopwatch.Frequency;
        TestContext.Current.SendDiagnosticMessage($"CgroupLayout.Detect: {micros} us");
        Assert.InRange(micros, 0, 1000);
    }
}
