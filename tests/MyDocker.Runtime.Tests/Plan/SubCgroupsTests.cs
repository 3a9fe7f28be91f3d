using MyDocker.Kernel.Cgroups;
using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Tests.Plan;

public sealed class SubCgroupsTests
{
    private static readonly CgroupHierarchy s_cpu = new("/sys/fs/cgroup/cpu,cpuacct", "/", Controllers.Cpu | Controllers.CpuAcct, null, IsV2: false, ReadOnly: false);
    private static readonly CgroupHierarchy s_memory = new("/sys/fs/cgroup/memory", "/", Controllers.Memory, null, IsV2: false, ReadOnly: false);

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpuacct")]
    public void AnyControllerOfAHierarchyNamesIt(string controller)
    {
        var subs = new SubCgroups(new Dictionary<string, string> { [controller] = "a/b/" });

        Assert.Equal("/a/b", subs.In(s_cpu));
        Assert.Equal("", subs.In(s_memory));
        subs.RequireAllUsed();
    }

    [Fact]
    public void APathAloneIsForAll()
    {
        var subs = new SubCgroups(new Dictionary<string, string> { [""] = "/a" });

        Assert.Equal(("/a", "/a", "/a"), (subs.In(s_cpu), subs.In(s_memory), subs.Everywhere));
        subs.RequireAllUsed();
    }

    [Fact]
    public void OneHierarchyHasOnePlaceForAProcess()
    {
        Assert.Equal("/a", new SubCgroups(new Dictionary<string, string> { ["cpu"] = "a", ["cpuacct"] = "/a" }).In(s_cpu));
        var subs = new SubCgroups(new Dictionary<string, string> { ["cpu"] = "a", ["cpuacct"] = "b" });
        Assert.Contains("one hierarchy", Assert.Throws<ContainerException>(() => subs.In(s_cpu)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AControllerThatNobodyHasIsAMistake()
    {
        var subs = new SubCgroups(new Dictionary<string, string> { ["memory"] = "a", ["misc"] = "b" });
        subs.In(s_memory);
        Assert.Contains("\"misc\"", Assert.Throws<ContainerException>(subs.RequireAllUsed).Message, StringComparison.Ordinal);
    }
}
