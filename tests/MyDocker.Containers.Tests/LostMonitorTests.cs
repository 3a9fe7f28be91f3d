using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>The monitor is killed (kill -9) in each state of its container: what is told afterwards is what is known.</summary>
public sealed class LostMonitorTests : ContainerTest
{
    private int MonitorOf(string name) => int.Parse(Engine.Inspect(name, "{{.State.MonitorPid}}"), CultureInfo.InvariantCulture);

    private void KillMonitor(string name)
    {
        var monitor = MonitorOf(name);
        Assert.NotEqual(0, monitor);
        Harness.Signals.Send(monitor, Harness.Signals.SIGKILL);
        Engine.Waits(name, "{{.State.MonitorPid}}", "0");
    }

    [Fact]
    public void AContainerThatRunsGoesOnAndCanBeManaged()
    {
        Engine.Detached("echo logged; trap 'exit 0' TERM; while :; do sleep 0.05; done", "--name", "orphan");
        Wait.Until(() => Engine.Run("logs", "orphan").Out == "logged\n", "the log");
        KillMonitor("orphan");
        Assert.Contains("(monitor lost)", Engine.Line("orphan"));
        Assert.Equal("running", Engine.Inspect("orphan", "{{.State.Status}}"));
        Assert.Equal("logged\n", Engine.Run("logs", "orphan").Is(0).Out);
        Assert.Equal("logged\n", Engine.Run("logs", "-f", "orphan").Is(0).Out); // nobody writes it any more
        Assert.Contains("its monitor was killed", Engine.Run("attach", "orphan").Is(1).Err);
        Engine.Run("pause", "orphan").Is(0);
        Engine.Run("unpause", "orphan").Is(0);
        Engine.Run("top", "orphan").Is(0);
        Engine.Run("exec", "orphan", "/bin/true").Is(0);
        Engine.Run("update", "--pids-limit", "55", "--restart", "always", "orphan").Is(0);
        Assert.Equal("55 always", Engine.Inspect("orphan", "{{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}"));
        Engine.Run("rename", "orphan", "lost").Is(0);
        Engine.Run("rename", "lost", "orphan").Is(0);
        Engine.Run("cp", "orphan:/etc/hosts", Engine.Directory).Is(0);
        Assert.Contains("orphan", Engine.Run("system", "repair").Is(0).Out);
        using var waiting = Engine.Start(["wait", "orphan"]);
        Thread.Sleep(100);
        Engine.Run("stop", "orphan").Is(0);
        Assert.Contains("exit code is not known", waiting.End().Is(1).Err);
        Assert.Equal("exited 255 false", Engine.Inspect("orphan", "{{.State.Status}} {{.State.ExitCode}} {{.State.ExitCodeKnown}}"));
        Assert.Contains("Exited (code unknown)", Engine.Line("orphan"));
        Assert.Contains("monitor was killed", Engine.Inspect("orphan", "{{.State.Error}}"));
        Engine.Run("start", "orphan").Is(0); // and it runs again, with a monitor
        Assert.NotEqual(0, MonitorOf("orphan"));
        Engine.Run("rm", "-f", "orphan").Is(0);
    }

    [Fact]
    public void APausedOneStaysPaused()
    {
        Engine.Detached("exec sleep 1000", "--name", "still");
        Engine.Run("pause", "still").Is(0);
        KillMonitor("still");
        Assert.Equal("paused", Engine.Inspect("still", "{{.State.Status}}"));
        Engine.Run("rm", "-f", "still").Is(0);
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

    [Fact]
    public void OneThatEndsWithoutItIsNotSaidToHaveSucceeded()
    {
        Engine.Detached("trap 'exit 0' USR1; echo up; while :; do sleep 0.05; done", "--name", "unseen");
        Wait.Until(() => Engine.Run("logs", "unseen").Out.Contains("up"), "the trap");
        KillMonitor("unseen");
        Engine.Run("kill", "-s", "USR1", "unseen").Is(0);
        Engine.Waits("unseen", "{{.State.Status}}", "exited");
        Assert.Equal("255 false", Engine.Inspect("unseen", "{{.State.ExitCode}} {{.State.ExitCodeKnown}}"));
    }
}
