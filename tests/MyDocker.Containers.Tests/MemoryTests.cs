using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>-m: the second experiment, and the exact numbers.</summary>
public sealed class MemoryTests : ContainerTest
{
    private static long Limit(Container container) => container.Cgroup("memory", "memory.limit_in_bytes", "memory.max");

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
        Assert.Equal(bytes / 4096 * 4096, Limit(container));
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
    public void TheLimitIsNotLoweredBelowWhatIsUsedUnlessForced()
    {
        using var container = Engine.Up("dd if=/dev/zero of=/dev/shm/x bs=1M count=20 2>/dev/null; echo full; exec sleep 1000", "-m", "64m");
        container.Command.Shows("full");
        var result = Engine.Run("update", "-m", "5m", container.Id);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("--force", result.Err);
        Assert.Equal(64 << 20, Limit(container));
    }

    [Fact]
    public void SwapIsCountedWithMemory()
    {
        Assert.SkipUnless(Machine.IsCgroup2 || File.Exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes"), "this kernel does not count swap");
        using var container = Engine.Up("exec sleep 1000", "-m", "10m", "--memory-swap", "30m");
        Assert.Equal((Machine.IsCgroup2 ? 20 : 30) << 20, container.Cgroup("memory", "memory.memsw.limit_in_bytes", "memory.swap.max")); // v2 counts swap alone
    }
}
