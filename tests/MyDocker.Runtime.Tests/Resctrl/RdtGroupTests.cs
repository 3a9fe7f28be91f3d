using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Resctrl;

namespace MyDocker.Runtime.Tests.Resctrl;

/// <summary>
/// linux.intelRdt on a directory that looks like resctrl: machines of CI have no such processor. What the kernel would put into a
/// new group's directory, the test does.
/// </summary>
public sealed class RdtGroupTests : IDisposable
{
    private const string Id = "box";

    private readonly string _root = Directory.CreateTempSubdirectory("mydocker-resctrl-").FullName;

    public RdtGroupTests()
    {
        Write("schemata", "    L3:0=7ff;1=7ff\n    MB:0=100;1=100\n");
        Write("tasks", "");
        Write("info/L3/cbm_mask", "7ff\n");
        Write("info/L3/min_cbm_bits", "1\n");
        Write("info/L3/num_closids", "16\n");
        Write("info/last_cmd_status", "ok\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void WithoutAClosIDTheGroupIsTheContainersOwn()
    {
        var group = Of(new LinuxIntelRdt { L3CacheSchema = "L3:0=f", MemBwSchema = "MB:0=20", Schemata = ["L2:0=3"], EnableMonitoring = true });
        var plan = new LaunchPlan();
        RdtSteps.Add(plan, group);
        Assert.Equal(
            [$"make the resctrl group {_root}/box/mon_groups/box", $"set shares of the resctrl group {_root}/box", $"join the resctrl group {_root}/box/mon_groups/box"],
            plan.HostSteps.Select(step => step.Text.ToString()));
        Assert.Equal([HostPhase.BeforeClone, HostPhase.BeforeClone, HostPhase.AfterClone], plan.HostSteps.Select(step => step.Phase));
        plan.Dispose();

        Directory.CreateDirectory(Path.Combine(_root, Id, "mon_groups")); // the kernel does
        Assert.Throws<MyDocker.Kernel.Syscalls.KernelException>(group.Make); // by now it is somebody else's
        Directory.Delete(Path.Combine(_root, Id), recursive: true);
        Assert.Throws<MyDocker.Kernel.Syscalls.KernelException>(group.Make); // makes the group; in a directory that is none there is no mon_groups
        Write("box/schemata", "");
        Write("box/tasks", "");
        Write("box/mon_groups/box/tasks", "");
        group.Configure();
        RdtGroup.Join(7, group.Path, group.MonitorPath);

        Assert.Equal("L3:0=f\nMB:0=20\nL2:0=3\n", Read("box/schemata"));
        Assert.Equal("7", Read("box/tasks"));
        Assert.Equal("7", Read("box/mon_groups/box/tasks"));
        Assert.True(group.IsOwn);
    }

    [Fact]
    public void AGroupOfTheContainersNameMustNotBeThere()
    {
        Write("box/schemata", "");
        Assert.Equal("linux.intelRdt", Refused(new LinuxIntelRdt()).JsonPath);
    }

    [Fact]
    public void AClosIDIsMadeIfThereAreShares()
    {
        var group = Of(new LinuxIntelRdt { ClosID = "gold", Schemata = ["L3:0=f"] });
        group.Make();
        group.Make(); // another container has made it meanwhile
        Write("gold/schemata", "");
        group.Configure();

        Assert.Equal("L3:0=f\n", Read("gold/schemata"));
        Assert.False(group.IsOwn);
    }

    [Fact]
    public void AClosIDAloneMustBeThere()
    {
        Assert.Equal("linux.intelRdt.closID", Refused(new LinuxIntelRdt { ClosID = "gold" }).JsonPath);
        Write("gold/schemata", "    L3:0=7ff\n");

        var group = Of(new LinuxIntelRdt { ClosID = "gold" });
        group.Make();
        group.Configure();
        Assert.Equal("    L3:0=7ff\n", Read("gold/schemata"));
    }

    [Theory]
    [InlineData("L3:0=7f0;1=1f", null, null)]
    [InlineData("L3:0=0x7F0", null, null)]
    [InlineData("L3:1=1f;0=07f0", "MB:0=20", null)]
    [InlineData("L3:0=7ff", null, "l3CacheSchema")]
    [InlineData("L3:2=1", null, "l3CacheSchema")]
    [InlineData("L3CODE:0=1", null, "l3CacheSchema")]
    [InlineData("L3:0=7f0", "MB:1=30", "memBwSchema")]
    public void WhatAGroupHasIsComparedNotWritten(string cache, string? bandwidth, string? wrong)
    {
        const string There = "    MB:0=20;1=70\n    L3:0=7f0;1=01f\n";
        Write("gold/schemata", There);
        var rdt = new LinuxIntelRdt { ClosID = "gold", L3CacheSchema = cache, MemBwSchema = bandwidth };
        if (wrong is not null)
        {
            Assert.Equal($"linux.intelRdt.{wrong}", Refused(rdt).JsonPath);
            return;
        }

        Of(rdt).Configure();
        Assert.Equal(There, Read("gold/schemata"));
    }

    [Fact]
    public void ASlashIsTheRoot()
    {
        var group = Of(new LinuxIntelRdt { ClosID = "/", EnableMonitoring = true });

        Assert.Equal(_root, group.Path);
        Assert.Equal($"{_root}/mon_groups/box", group.MonitorPath);
        Assert.False(group.IsOwn);
    }

    [Fact]
    public void WhatTheKernelRefusesIsSaidInItsWords()
    {
        var group = Of(new LinuxIntelRdt { ClosID = "gold", Schemata = ["L3:0=0"] });
        Write("info/last_cmd_status", "Mask out of range\n");
        var e = Assert.Throws<MyDocker.Runtime.Containers.ContainerException>(group.Configure); // the file is not there

        Assert.Contains("\"L3:0=0\"", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("Mask out of range", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyWhatIsTheContainersIsRemoved()
    {
        Directory.CreateDirectory(Path.Combine(_root, "own"));
        Directory.CreateDirectory(Path.Combine(_root, "gold/mon_groups/box"));

        RdtGroup.Remove(null, $"{_root}/gold/mon_groups/box");
        RdtGroup.Remove($"{_root}/own", null);
        RdtGroup.Remove($"{_root}/own", $"{_root}/gold/mon_groups/box"); // nothing there is no failure

        Assert.False(Directory.Exists(Path.Combine(_root, "own")));
        Assert.False(Directory.Exists(Path.Combine(_root, "gold/mon_groups/box")));
        Assert.True(Directory.Exists(Path.Combine(_root, "gold")));
    }

    [Fact]
    public void WithoutResctrlItIsAnError()
    {
        Assert.Null(RdtGroup.Of(null, Id, () => throw new InvalidOperationException("nobody asked")));
        var e = Assert.Throws<SpecException>(() => RdtGroup.Of(new LinuxIntelRdt(), Id, () => null));
        Assert.Contains("resctrl is not mounted", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CountersAreReadPerCache()
    {
        Write("gold/schemata", "    L3:0=7f0\n    MB:0=20\n");
        Write("info/L3_MON/mon_features", "llc_occupancy\nmbm_total_bytes\n");
        Write("gold/mon_data/mon_L3_00/llc_occupancy", "4096\n");
        Write("gold/mon_data/mon_L3_00/mbm_total_bytes", "123\n");
        Write("gold/mon_data/mon_L3_01/llc_occupancy", "Unavailable\n");

        var data = RdtStats.Read(_root, $"{_root}/gold", null);

        Assert.Equal("L3:0=7f0", data.L3CacheSchema);
        Assert.Equal("L3:0=7ff;1=7ff", data.L3CacheSchemaRoot);
        Assert.Equal((16UL, "7ff"), (data.L3CacheInfo!.Groups, data.L3CacheInfo.Mask));
        Assert.Null(data.MemoryBandwidthInfo); // info/MB is not there
        Assert.Equal(["L3:0=7f0", "MB:0=20"], data.Schemata!);
        Assert.Equal([4096UL, 0UL], data.Occupancy!.Select(cache => cache.Bytes));
        Assert.Equal([123UL, 0UL], data.Bandwidth!.Select(cache => cache.TotalBytes));
    }

    private RdtGroup Of(LinuxIntelRdt rdt) => RdtGroup.Of(rdt, Id, () => _root)!;

    private SpecException Refused(LinuxIntelRdt rdt) => Assert.Throws<SpecException>(() => Of(rdt));

    private string Read(string name) => File.ReadAllText(Path.Combine(_root, name));

    private void Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
