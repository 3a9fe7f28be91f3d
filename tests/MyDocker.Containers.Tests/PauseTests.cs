using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>-k: a container that stands at its memory limit, and goes on when it is raised.</summary>
public abstract class PauseTest : ContainerTest
{
    /// <summary>How far above the limit a container may stand: nothing on v1, what is taken until it is frozen on v2.</summary>
    protected static long Slack => Machine.IsCgroup2 ? 4 << 20 : 0;

    protected void WaitForPause(string name, string limit)
        => Wait.Until(() => Engine.Line(name)?.Contains($"Paused (memory limit {limit} reached)", StringComparison.Ordinal) == true, "ps to show the pause");
}

/// <summary>On cgroup v1 the kernel's own doing, on v2 the monitor's: to be seen from outside it is the same.</summary>
public sealed class PauseTests : PauseTest
{
    [Fact]
    public void WithOomPauseTheTaskStandsAtTheLimitAndGoesOnWhenItIsRaised()
    {
        using var container = Engine.Up(["/resource-test/mem-allocate", "--interval", "1"], ["-m", "10m", "-k", "--name", "paused"], shows: "allocated 1 MB");
        WaitForPause("paused", "10 MiB");
        var before = container.Command.Out;
        Assert.False(container.Command.HasExited);
        Assert.Contains(Machine.IsCgroup2 ? "frozen 1" : "under_oom 1", container.Cgroup("memory", Machine.IsCgroup2 ? "cgroup.events" : "memory.oom_control"));

        // It asks for 1 MB every millisecond; a second of standing still is a thousand that it did not get.
        Thread.Sleep(1000);
        Assert.Equal(before, container.Command.Out);
        Assert.True(container.Cgroup("memory", "memory.usage_in_bytes", "memory.current") <= (10 << 20) + Slack);

        Engine.Run("update", "-m", "20m", "paused").Is(0);
        container.Command.Shows("allocated 15 MB");
        Assert.Equal(20 << 20, container.Cgroup("memory", "memory.limit_in_bytes", "memory.high"));
        WaitForPause("paused", "20 MiB");

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
    public void AChildThatIsPausedIsShownToo()
    {
        using var container = Engine.Up(["/hog", "64", "four"], ["-m", "16m", "-k", "--name", "four"]);
        WaitForPause("four", "16 MiB");
        Engine.Run("update", "-m", "400m", "four").Is(0);
        Assert.Equal(0, container.Command.End().ExitCode);
        Assert.Equal(4, container.Command.Out.Split("done").Length - 1); // not lines: four write at once, word and line end apart
    }

    [Fact]
    public void FilesInMemoryCountToo()
    {
        using var container = Engine.Up("dd if=/dev/zero of=/dev/shm/x bs=1M count=24 2>/dev/null; echo done; exec sleep 1000", "-m", "16m", "-k", "--name", "shm");
        WaitForPause("shm", "16 MiB");
        Assert.DoesNotContain("done", container.Command.Out);
        Engine.Run("update", "-m", "64m", "shm").Is(0);
        container.Command.Shows("done");
    }

    [Fact]
    public void NothingIsExecutedInAPausedContainer()
    {
        using var container = Engine.Up(["/hog", "40"], ["-m", "16m", "-k", "--name", "busy"]);
        WaitForPause("busy", "16 MiB");
        if (Machine.IsCgroup2)
        {
            // On v1 it is one task that waits: others go on until they ask for memory.
            Assert.Contains("paused", Engine.Run("exec", "busy", "/bin/true").Is(1).Err);
        }

        Engine.Run("update", "-m", "96m", "busy").Is(0);
        container.Command.Shows("done");
    }

    [Fact]
    public void WhatTheKernelCanDropIsNoReason()
    {
        var result = Engine.Run(["run", "--rm", "-m", "16m", "-k", Image, "/hog", "80", "cache"], null, seconds: 120).Is(0);
        Assert.Contains("done", result.Out);
    }

    /// <summary>The monitor was killed while the container stood: the next command gives it another, which knows of it, and pauses it again.</summary>
    [Fact]
    public void ThePauseOutlivesTheMonitor()
    {
        Engine.Run("run", "-d", "-m", "16m", "-k", "--name", "alone", Image, "/hog", "40").Is(0);
        WaitForPause("alone", "16 MiB");
        var killed = Engine.Inspect("alone", "{{.State.MonitorPid}}");
        Tool.Run("kill", "-9", killed).Is(0);
        Wait.Until(() => Engine.Inspect("alone", "{{.State.MonitorPid}}") is var monitor && monitor != killed && monitor != "0", "another monitor");
        WaitForPause("alone", "16 MiB");
        Engine.Run("update", "-m", "24m", "alone").Is(0);
        WaitForPause("alone", "24 MiB");
        Engine.Run("update", "-m", "96m", "alone").Is(0);
        Engine.Waits("alone", "{{.State.Status}}", "exited");
        Assert.Contains("done", Engine.Run("logs", "alone").Is(0).Out); // into a pipe that had no reader for a while
        Assert.Equal("false", Engine.Inspect("alone", "{{.State.OOMKilled}}"));
    }
}

/// <summary>What only cgroup v2 has: a limit that is soft by at most a slack.</summary>
public sealed class SoftPauseTests : PauseTest
{
    public SoftPauseTests() => Assert.SkipUnless(Machine.IsCgroup2, "cgroup v2");

    [Theory]
    [InlineData("32m", "touch")]
    [InlineData("32m", "fork")]
    [InlineData("8m", "touch")]
    [InlineData("1m", "touch")]
    public void AnAllocatorWithoutAPauseStandsWithinTheSlack(string limit, string mode)
    {
        using var container = Engine.Up(["/hog", "200", mode], ["-m", limit, "-k", "--name", "fast"]);
        Wait.Until(() => Engine.Line("fast")?.Contains("Paused", StringComparison.Ordinal) == true, "the pause");
        Wait.Until(() => container.Counter("cgroup.events", "frozen") == 1, "all tasks to stand");
        Assert.Equal(0, container.Counter("memory.events", "oom_kill"));
        Assert.True(container.Cgroup("", "", "memory.current") <= container.Cgroup("", "", "memory.max"));
        Engine.Run("rm", "-f", "fast").Is(0);
        Assert.Equal(137, container.Command.End().ExitCode);
    }

    /// <summary>Each process starts two others and takes a megabyte: they stand, or it is told that they were killed.</summary>
    [Fact]
    public void ABombOfAllocatorsIsPausedOrToldAsKilled()
    {
        using var container = Engine.Up(["/hog", "400", "bomb"], ["-m", "32m", "-k", "--pids-limit", "300", "--name", "bomb"]);
        Wait.Until(() => container.Command.HasExited || Engine.Line("bomb")?.Contains("Paused", StringComparison.Ordinal) == true, "the pause or the end", 90);
        if (container.Command.HasExited)
        {
            Assert.Contains("was to pause at 32 MiB (-k)", container.Command.End().Err);
            return;
        }

        Wait.Until(() => container.Counter("cgroup.events", "frozen") == 1, "all tasks to stand");
        var killed = container.Counter("memory.events", "oom_kill");
        Engine.Run("rm", "-f", "bomb").Is(0);
        var result = container.Command.End().Is(137);
        Assert.True(killed == 0 || result.Err.Contains("was to pause at 32 MiB (-k)", StringComparison.Ordinal), $"{killed} killed: {result.Err}");
    }

    /// <summary>One system call that takes a gigabyte cannot be frozen in its middle: paused, or killed and said so.</summary>
    [Fact]
    public void OneCallForAllOfItIsPausedOrToldAsKilled()
    {
        using var container = Engine.Up(["/hog", "1024", "populate"], ["-m", "16m", "-k", "--name", "whole"]);
        Wait.Until(() => container.Command.HasExited || Engine.Line("whole")?.Contains("Paused", StringComparison.Ordinal) == true, "the pause or the end", 90);
        if (container.Command.HasExited)
        {
            var result = container.Command.End();
            Assert.Equal(137, result.ExitCode);
            Assert.Contains("was to pause at 16 MiB (-k)", result.Err);
        }
    }
}
