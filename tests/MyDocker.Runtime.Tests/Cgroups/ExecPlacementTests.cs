using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Cgroups;
using Xunit;

namespace MyDocker.Runtime.Tests.Cgroups;

/// <summary>Where exec's process goes, and whose cgroup a new container may not take.</summary>
public sealed class ExecPlacementTests : IDisposable
{
    private readonly string _mount = Directory.CreateTempSubdirectory("mydocker-cgroup2-").FullName;

    [Fact]
    public void IntoTheContainersCgroupOrAnExistingOneBelow()
    {
        Directory.CreateDirectory(_mount + "/c1/inner");
        Assert.Equal(_mount + "/c1", Place().CloneInto);
        Assert.Equal(_mount + "/c1/inner", Place("/inner").CloneInto);
        Assert.Equal(_mount + "/c1/inner", Place("inner").CloneInto);
        Assert.Equal(_mount + "/c1", Place("/").CloneInto);
        Assert.Throws<ArgumentException>(() => Place("missing"));
        Assert.Throws<ArgumentException>(() => Place("../c2"));
        Assert.Throws<ArgumentException>(() => Place("cpu:/inner"));
        Assert.Throws<ArgumentException>(() => Place("a", "b"));
    }

    [Fact]
    public void OnAHybridHostEachControllerHasAPathOfItsOwn()
    {
        using var live = LiveCgroup.Make();
        Assert.SkipUnless(live.Cgroup.Layout.V1.Count > 0, "cgroup v1");
        var pids = live.Cgroup.DirectoryOf(Controllers.Pids)!;
        Directory.CreateDirectory(pids + "/inner");
        var files = ExecPlacement.For(live.Cgroup, 0, ["pids:inner"]).JoinFiles;
        Assert.Contains(pids + "/inner/tasks", files);
        Assert.Contains(live.Cgroup.DirectoryOf(Controllers.Memory) + "/tasks", files);
        Assert.Equal(live.Plan.JoinFiles.Count, files.Count);
        Assert.Throws<ArgumentException>(() => ExecPlacement.For(live.Cgroup, 0, ["nothing:inner"]));
    }

    [Fact]
    public void WithInitWhereTheContainersOwnTakesNone()
    {
        using var live = LiveCgroup.Make();
        Assert.SkipUnless(live.Cgroup.Layout.Mode == CgroupMode.V2, "cgroup v2");
        var directory = live.Plan.CloneInto!;
        var init = live.Start("exec sleep 1000");
        Directory.CreateDirectory(directory + "/init");
        File.WriteAllText(directory + "/init/cgroup.procs", init.Id.ToString());
        Assert.Equal(directory, ExecPlacement.For(live.Cgroup, init.Id).CloneInto);
        File.WriteAllText(directory + "/cgroup.subtree_control", "+pids");
        Assert.Equal(directory, ExecPlacement.For(live.Cgroup, init.Id).CloneInto);
        File.WriteAllText(directory + "/cgroup.subtree_control", "+memory");
        Assert.Equal(directory + "/init", ExecPlacement.For(live.Cgroup, init.Id).CloneInto);
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

    public void Dispose() => Directory.Delete(_mount, recursive: true);

    private ExecPlacement Place(params string[] options) => ExecPlacement.For(new Cgroup(TestLayouts.UnifiedAt(_mount, "memory"), "/c1"), 0, options);
}
