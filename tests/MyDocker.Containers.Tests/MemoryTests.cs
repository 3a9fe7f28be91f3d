using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>-m and -k: the second experiment, and the exact numbers.</summary>
public sealed class MemoryTests : ContainerTest
{
    public MemoryTests() => Assert.SkipUnless(Directory.Exists("/sys/fs/cgroup/memory"), "this host has no memory cgroup of version 1");

    [Theory]
    [InlineData("300k", 300L << 10)]
    [InlineData("25m", 25L << 20)]
    [InlineData("1g", 1L << 30)]
    [InlineData("10485760", 10485760)]
    [InlineData("1.5m", 1572864)]
    [InlineData("20MiB", 20L << 20)]
    public void TheLimitIsExactlyWhatWasAskedFor(string value, long bytes)
    {
        using var container = Engine.Up("exec sleep 1000", "-m", value);
        // The kernel counts in pages.
        Assert.Equal(bytes / 4096 * 4096, long.Parse(container.Cgroup("memory", "memory.limit_in_bytes"), CultureInfo.InvariantCulture));
    }

    [Fact]
    public void AVerySmallLimitWorks() => Engine.Run("run", "--rm", "-m", "256k", Image, "/bin/true").Is(0);

    [Fact]
    public void AtTheLimitTheTaskIsKilledAndTheReasonIsTold()
    {
        var result = Engine.Run("run", "--rm", "--name", "eater", "-m", "10m", Image, "/resource-test/mem-allocate", "--interval", "1").Is(137);
        var last = result.Lines[^1];
        Assert.Matches("^allocated [6-9] MB$", last);
        Assert.Contains("eater ran out of memory", result.Err);
        Assert.Contains("limit 10 MiB", result.Err);
        Assert.Contains("peak 10 MiB", result.Err);
        Assert.Contains("mem-allocate", result.Err);
    }

    [Fact]
    public void TheReasonStaysWithAKeptContainer()
    {
        Engine.Run("run", "--name", "eater", "-m", "10m", Image, "/resource-test/mem-allocate", "--interval", "1").Is(137);
        Assert.Contains("out of memory", Engine.Line("eater"));
    }

    [Fact]
    public void AChildKilledForMemoryIsToldToo()
    {
        var result = Engine.Run("run", "--rm", "-m", "10m", Image, "/bin/sh", "-c", "/resource-test/mem-allocate --interval 1 >/dev/null; echo code $?");
        Assert.Contains("code 137", result.Is(0).Out);
        Assert.Contains("ran out of memory", result.Err);
    }

    [Fact]
    public void WithOomPauseTheTaskStandsAtTheLimitAndGoesOnWhenItIsRaised()
    {
        using var container = Engine.Up(["/resource-test/mem-allocate", "--interval", "1"], ["-m", "10m", "-k", "--name", "paused"], shows: "allocated 1 MB");
        Wait.Until(() => Engine.Line("paused")?.Contains("Paused (memory limit 10 MiB reached)", StringComparison.Ordinal) == true, "ps to show the pause");
        var before = container.Command.Out;
        Assert.False(container.Command.HasExited);
        Assert.Contains("under_oom 1", container.Cgroup("memory", "memory.oom_control"));

        // It asks for 1 MB every millisecond; a second of standing still is a thousand that it did not get.
        Thread.Sleep(1000);
        Assert.Equal(before, container.Command.Out);
        Assert.True(long.Parse(container.Cgroup("memory", "memory.usage_in_bytes"), CultureInfo.InvariantCulture) <= 10 << 20);

        Engine.Run("update", "-m", "20m", "paused").Is(0);
        container.Command.Shows("allocated 15 MB");
        Assert.Equal((20 << 20).ToString(CultureInfo.InvariantCulture), container.Cgroup("memory", "memory.limit_in_bytes"));
        Wait.Until(() => Engine.Line("paused")?.Contains("Paused (memory limit 20 MiB reached)", StringComparison.Ordinal) == true, "the second pause");

        Engine.Run("kill", "paused").Is(0);
        Assert.Equal(137, container.Command.End().ExitCode);
    }

    [Fact]
    public void APausedContainerIsEndedByForce()
    {
        using var container = Engine.Up(["/resource-test/mem-allocate", "--interval", "1"], ["-m", "8m", "-k", "--name", "stuck"], shows: "allocated 1 MB");
        Wait.Until(() => Engine.Line("stuck")?.Contains("Paused", StringComparison.Ordinal) == true, "the pause");
        Engine.Run("rm", "-f", "stuck").Is(0);
        Assert.Equal(137, container.Command.End().ExitCode);
    }

    [Fact]
    public void TheLimitIsNotLoweredBelowWhatIsUsedUnlessForced()
    {
        using var container = Engine.Up("dd if=/dev/zero of=/dev/shm/x bs=1M count=20 2>/dev/null; echo full; exec sleep 1000", "-m", "64m");
        container.Command.Shows("full");
        var result = Engine.Run("update", "-m", "5m", container.Id);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("--force", result.Err);
        Assert.Equal((64 << 20).ToString(CultureInfo.InvariantCulture), container.Cgroup("memory", "memory.limit_in_bytes"));
    }

    [Fact]
    public void SwapIsCountedWithMemory()
    {
        Assert.SkipUnless(File.Exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"), "this kernel does not count swap");
        using var container = Engine.Up("exec sleep 1000", "-m", "10m", "--memory-swap", "30m");
        Assert.Equal((30 << 20).ToString(CultureInfo.InvariantCulture), container.Cgroup("memory", "memory.memsw.limit_in_bytes"));
    }
}
