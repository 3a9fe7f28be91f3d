using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>
/// The monitor is killed (kill -9) in each state of its container: the next command gives the container another one, which takes
/// what there is to take, and tells what is known.
/// </summary>
public sealed class LostMonitorTests : ContainerTest
{
    /// <summary>The kernel always tells how a process ended that is no child of ours (PIDFD_INFO_EXIT); an older one only while it is not waited for.</summary>
    private static bool IsExitKnown => Environment.OSVersion.Version >= new Version(6, 15);

    private int MonitorOf(string name) => int.Parse(Engine.Inspect(name, "{{.State.MonitorPid}}"), CultureInfo.InvariantCulture);

    /// <summary>The number that the next command finds is that of another one.</summary>
    private void ReplaceMonitor(string name)
    {
        var killed = MonitorOf(name);
        Assert.NotEqual(0, killed);
        Harness.Signals.Send(killed, Harness.Signals.SIGKILL);
        Wait.Until(() => MonitorOf(name) is var monitor && monitor != killed && monitor != 0, "another monitor");
    }

    private void AssertEnded(string name, int code)
    {
        Engine.Waits(name, "{{.State.Status}}", "exited");
        var told = Engine.Inspect(name, "{{.State.ExitCode}} {{.State.ExitCodeKnown}}");
        if (IsExitKnown || told != "255 false")
        {
            Assert.Equal($"{code} true", told);
        }
        else
        {
            Assert.Contains("monitor was killed", Engine.Inspect(name, "{{.State.Error}}"));
            Assert.Contains("Exited (code unknown)", Engine.Line(name));
        }
    }

    [Fact]
    public void AContainerThatRunsGoesOnAndCanBeManaged()
    {
        Engine.Detached("trap 'exit 5' TERM; echo before; until [ -e /tmp/go ]; do sleep 0.05; done; echo after; while :; do sleep 0.05; done", "--name", "orphan");
        Wait.Until(() => Engine.Run("logs", "orphan").Out == "before\n", "the log");
        ReplaceMonitor("orphan");
        Assert.DoesNotContain("monitor lost", Engine.Line("orphan"));
        Assert.Equal("running", Engine.Inspect("orphan", "{{.State.Status}}"));
        using var following = Engine.Start(["logs", "-f", "orphan"]);
        using var attached = Engine.Start(["attach", "--no-stdin", "--sig-proxy=false", "orphan"]);
        Wait.Until(() => Engine.Run("events", "--since", "1h", "--until", "0s", "-f", "event=attach", "--format", "{{.Action}}").Out.Contains("attach", StringComparison.Ordinal), "the attach");
        Engine.Run("exec", "orphan", "/bin/touch", "/tmp/go").Is(0);
        following.Shows("after");
        Assert.Equal("before\nafter\n", Engine.Run("logs", "orphan").Is(0).Out);
        Engine.Run("pause", "orphan").Is(0);
        Engine.Run("unpause", "orphan").Is(0);
        Engine.Run("top", "orphan").Is(0);
        Engine.Run("update", "--pids-limit", "55", "orphan").Is(0);
        Engine.Run("rename", "orphan", "lost").Is(0);
        Engine.Run("rename", "lost", "orphan").Is(0);
        Engine.Run("cp", "orphan:/etc/hosts", Engine.Directory).Is(0);
        using var waiting = Engine.Start(["wait", "orphan"]);
        Thread.Sleep(100);
        Engine.Run("stop", "orphan").Is(0);
        AssertEnded("orphan", 5);
        var waited = waiting.End();
        Assert.True(waited is { ExitCode: 0, Out: "5\n" } || (!IsExitKnown && waited.Err.Contains("exit code is not known", StringComparison.Ordinal)), waited.Out + waited.Err);

        Assert.Contains("after", attached.End().Out);
        Engine.Run("start", "orphan").Is(0);
        Engine.Run("rm", "-f", "orphan").Is(0);
    }

    [Fact]
    public void RepairTellsOfIt()
    {
        var id = Engine.Detached("exec sleep 1000", "--name", "told");
        Harness.Signals.Send(MonitorOf("told"), Harness.Signals.SIGKILL);
        Wait.Until(() => Engine.Run("system", "repair").Is(0).Out.Contains($"{id[..12]}: its monitor was killed; another one has taken its place", StringComparison.Ordinal), "the repair");
        Assert.Equal("", Engine.Run("system", "repair").Is(0).Out);
        Engine.Run("rm", "-f", "told").Is(0);
    }

    [Fact]
    public void APausedOneStaysPausedAndItsInputIsThereAfterwards()
    {
        Engine.Run("run", "-d", "-i", "--name", "still", Image, "/bin/cat").Is(0);
        Engine.Run("pause", "still").Is(0);
        ReplaceMonitor("still");
        Assert.Equal("paused", Engine.Inspect("still", "{{.State.Status}}"));
        Engine.Run("unpause", "still").Is(0);
        using var attached = Engine.Start(["attach", "still"], keepInput: true);
        attached.Input.Write("echoed\n"u8);
        attached.Input.Flush();
        attached.Shows("echoed");
        Engine.Run("rm", "-f", "still").Is(0);
    }

    [Fact]
    public void ItsTerminalIsGoneAndThatIsTold()
    {
        Engine.Run("run", "-d", "-t", "--name", "hung", Image, "/bin/sh", "-c", "trap '' HUP; touch /tmp/trapped; while :; do sleep 0.05; done").Is(0);
        Wait.Until(() => Engine.Run("exec", "hung", "/bin/test", "-e", "/tmp/trapped").ExitCode == 0, "the trap");
        ReplaceMonitor("hung");
        using var attached = Engine.Start(["attach", "--no-stdin", "hung"]);
        Wait.Until(() => attached.Err.Contains("its streams went with a monitor that was killed", StringComparison.Ordinal), "the warning");
        Engine.Run("rm", "-f", "hung").Is(0);
    }

    [Fact]
    public void TheRestartPolicyIsKept()
    {
        Engine.Detached("trap 'exit 3' USR1; echo up; while :; do sleep 0.05; done", "--name", "again", "--restart", "on-failure:3");
        Wait.Until(() => Engine.Run("logs", "again").Out == "up\n", "the trap");
        ReplaceMonitor("again");
        Engine.Run("kill", "-s", "USR1", "again").Is(0);
        Wait.Until(() => Engine.Run("logs", "again").Out == "up\nup\n", "the next run");
        Assert.Equal("running 1", Engine.Inspect("again", "{{.State.Status}} {{.RestartCount}}"));
        Engine.Run("kill", "-s", "USR1", "again").Is(0);
        Engine.Waits("again", "{{.RestartCount}}", "2");
        Engine.Run("rm", "-f", "again").Is(0);
    }

    [Fact]
    public void ItsHealthIsLookedAfter()
    {
        Engine.Detached("exec sleep 1000", "--name", "patient", "--health-cmd", "test -e /tmp/well", "--health-interval", "100ms", "--health-retries", "1");
        Engine.Waits("patient", "{{.State.Health.Status}}", "unhealthy");
        ReplaceMonitor("patient");
        Assert.Equal("unhealthy", Engine.Inspect("patient", "{{.State.Health.Status}}"));
        Engine.Run("exec", "patient", "/bin/touch", "/tmp/well").Is(0);
        Engine.Waits("patient", "{{.State.Health.Status}}", "healthy");
        Engine.Run("rm", "-f", "patient").Is(0);
    }

    [Fact]
    public void AKillForMemoryIsToldAfterwards()
    {
        Engine.Detached("until [ -e /tmp/go ]; do sleep 0.05; done; exec /hog 64", "--name", "greedy", "-m", "16m");
        ReplaceMonitor("greedy");
        Engine.Run("exec", "greedy", "/bin/touch", "/tmp/go").Is(0);
        Engine.Waits("greedy", "{{.State.Status}}", "exited");
        Assert.Equal("true", Engine.Inspect("greedy", "{{.State.OOMKilled}}"));
        Assert.Contains("limit 16 MiB reached", Engine.Inspect("greedy", "{{.State.Error}}"));
    }

    [Fact]
    public void WithRmItIsRemovedInTheEnd()
    {
        Engine.Detached("exec sleep 1000", "--rm", "--name", "passing");
        ReplaceMonitor("passing");
        Engine.Run("stop", "-t", "0", "passing").Is(0);
        Census.AssertNothingLeft(Engine);
    }

    [Fact]
    public void OneThatWaitsForItsRestartHasEndedThen()
    {
        Engine.Detached("exit 3", "--name", "waiting", "--restart", "always");
        Wait.Until(() => int.Parse(Engine.Inspect("waiting", "{{.RestartCount}}"), CultureInfo.InvariantCulture) >= 4, "four restarts"); // now the pauses are long
        Engine.Waits("waiting", "{{.State.Status}}", "restarting");
        var monitor = MonitorOf("waiting");
        Harness.Signals.Send(monitor, Harness.Signals.SIGKILL);
        Engine.Waits("waiting", "{{.State.Status}}", "exited");
        Assert.Equal("3", Engine.Inspect("waiting", "{{.State.ExitCode}}"));
        Assert.Contains("before it could start it again", Engine.Inspect("waiting", "{{.State.Error}}"));
    }

    /// <summary>No command came by between the end of the monitor and that of the container.</summary>
    [Fact]
    public void OneThatEndsWithoutItIsNotSaidToHaveSucceeded()
    {
        Engine.Detached("trap 'exit 0' USR1; echo up; while :; do sleep 0.05; done", "--name", "unseen");
        Wait.Until(() => Engine.Run("logs", "unseen").Out.Contains("up"), "the trap");
        var (pid, monitor) = (int.Parse(Engine.Inspect("unseen", "{{.State.Pid}}"), CultureInfo.InvariantCulture), MonitorOf("unseen"));
        Harness.Signals.Send(monitor, Harness.Signals.SIGKILL);
        Harness.Signals.Send(pid, Harness.Signals.SIGUSR1);
        Wait.Until(() => !File.Exists($"/proc/{pid}/exe"), "the end");
        Engine.Waits("unseen", "{{.State.Status}}", "exited");
        Assert.Equal("255 false", Engine.Inspect("unseen", "{{.State.ExitCode}} {{.State.ExitCodeKnown}}"));
        Assert.Contains("Exited (code unknown)", Engine.Line("unseen"));
    }
}
