using MyDocker.Engine.Monitor;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Cgroups.V2;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Tests;

/// <summary>When a container is paused at its limit on cgroup v2: the judgement, of figures alone. What it does for real: PauseTests.</summary>
public sealed class MemoryGuardTests
{
    private const long Limit = 32 << 20;

    [Theory]
    [InlineData(20, 0, 0, false, "Nothing")]
    [InlineData(32, 0, 0, false, "Freeze")]
    [InlineData(40, 2, 0, false, "Freeze")]
    [InlineData(32, 30, 0, false, "Reclaim")]  // file cache: the kernel drops it
    [InlineData(32, 30, 0, true, "Reclaim")]   // even if reading it again is all that the container does
    [InlineData(32, 3, 0, true, "Freeze")]     // what is left of the program's own text goes round in circles
    [InlineData(32, 3, 0, false, "Reclaim")]
    [InlineData(32, 0, 64, false, "Reclaim")]  // it could be swapped out
    [InlineData(32, 0, 64, true, "Freeze")]    // and that is all that happens
    [InlineData(20, 0, 0, true, "Nothing")]    // somebody else's limit
    public void OnlyWhatCannotGoAwayIsAReason(long current, long cache, long swapFree, bool stalled, string action)
        => Assert.Equal(action, MemoryGuard.Decide(new MemoryPressure(current << 20, Limit, cache << 20, swapFree << 20), stalled).ToString());

    [Fact]
    public void WithoutALimitThereIsNone()
        => Assert.Equal(GuardAction.Nothing, MemoryGuard.Decide(new MemoryPressure(1 << 30, CgroupFile.Unlimited, 0, 0), stalled: true));

    [Fact]
    public void TheLimitIsHighAndTheSlackIsAboveIt()
    {
        var resources = PauseLimits.OnV2(new LinuxResources { Memory = new() { Limit = Limit, Swap = Limit + 5, DisableOOMKiller = true } });
        Assert.Equal($"{Limit}", resources.Unified!["memory.high"]);
        Assert.Equal(Limit + PauseLimits.SlackOf(Limit), resources.Memory!.Limit);
        Assert.Equal(5, resources.Memory.Swap - resources.Memory.Limit);
        Assert.Null(resources.Memory.DisableOOMKiller);

        var none = PauseLimits.OnV2(new LinuxResources { Memory = new() { Limit = -1 } });
        Assert.Equal(("max", -1L), (none.Unified!["memory.high"], none.Memory!.Limit!.Value));
        Assert.Null(PauseLimits.OnV2(new LinuxResources { Pids = new() { Limit = 5 } }).Unified);
    }

    [Theory]
    [InlineData(300 << 10)]
    [InlineData(25 << 20)]
    [InlineData(32 << 20)]
    [InlineData(8L << 30)]
    public void TheSlackIsAQuarterWithinBounds(long limit)
        => Assert.InRange(PauseLimits.SlackOf(limit), PauseLimits.LeastSlack, Math.Max(PauseLimits.MostSlack, Environment.ProcessorCount * 512L * 1024));
}
