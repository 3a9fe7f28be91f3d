using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>Restart policies over real time, with containers that fail.</summary>
public sealed class RestartPolicyTests : ContainerTest
{
    [Fact]
    public void OnFailureTriesSoOftenAndNoMore()
    {
        Engine.Detached("echo run; exit 3", "--name", "failing", "--restart", "on-failure:3");
        Assert.Equal("3\n", Engine.Run("wait", "failing").Is(0).Out);
        Assert.Equal("3 exited", Engine.Inspect("failing", "{{.RestartCount}} {{.State.Status}}"));
        Assert.Equal("run\nrun\nrun\nrun\n", Engine.Run("logs", "failing").Out);
    }

    [Fact]
    public void OnFailureLeavesASuccessAlone()
    {
        Engine.Detached("exit 0", "--name", "fine", "--restart", "on-failure");
        Engine.Run("wait", "fine").Is(0);
        Assert.Equal("0 exited", Engine.Inspect("fine", "{{.RestartCount}} {{.State.Status}}"));
    }

    [Fact]
    public void AlwaysGoesOnWithGrowingPausesUntilItIsStopped()
    {
        Engine.Detached("date +%s.%N; exit 0", "--name", "forever", "--restart", "always");
        Wait.Until(() => int.Parse(Engine.Inspect("forever", "{{.RestartCount}}"), CultureInfo.InvariantCulture) >= 4, "four restarts");
        Engine.Waits("forever", "{{.State.Status}}", "restarting");
        Assert.Contains("Restarting (0)", Engine.Line("forever"));
        Engine.Run("stop", "forever").Is(0);
        Assert.Equal("exited 0", Engine.Inspect("forever", "{{.State.Status}} {{.State.ExitCode}}"));
        var times = Engine.Run("logs", "-t", "forever").Is(0).Lines.Select(line => DateTimeOffset.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
        Assert.InRange((times[2] - times[1]).TotalSeconds, 0.2, 5);
        Assert.InRange((times[4] - times[3]).TotalSeconds, 0.8, 8);
        Engine.Run("start", "forever").Is(0); // by hand it starts again, and its policy with it
        Wait.Until(() => Engine.Inspect("forever", "{{.RestartCount}}") is not "0", "a restart");
        Engine.Run("kill", "forever"); // it may be between two runs
        Engine.Waits("forever", "{{.State.Status}}", "exited");
    }

    [Fact]
    public void AKilledContainerThatWantsToRunRunsAgain()
    {
        Engine.Detached("exec sleep 1000", "--name", "phoenix", "--restart", "unless-stopped");
        var pid = int.Parse(Engine.Inspect("phoenix", "{{.State.Pid}}"), CultureInfo.InvariantCulture);
        Harness.Signals.Send(pid, Harness.Signals.SIGKILL);
        Engine.Waits("phoenix", "{{.RestartCount}} {{.State.Running}}", "1 true");
        Engine.Run("stop", "-t", "0", "phoenix").Is(0);
        Engine.Waits("phoenix", "{{.State.Running}}", "false");
    }

    [Fact]
    public void ThePolicyCanBeChangedWhileItRuns()
    {
        Engine.Detached("while [ ! -e /tmp/end ]; do sleep 0.05; done; exit 1", "--name", "changed", "--restart", "always");
        Engine.Run("update", "--restart", "no", "changed").Is(0);
        Engine.Run("kill", "-s", "USR1", "changed").Is(0);
        var pid = int.Parse(Engine.Inspect("changed", "{{.State.Pid}}"), CultureInfo.InvariantCulture);
        Harness.Signals.Send(pid, Harness.Signals.SIGKILL);
        Engine.Run("wait", "changed");
        Assert.Equal("0 exited no", Engine.Inspect("changed", "{{.RestartCount}} {{.State.Status}} {{.HostConfig.RestartPolicy.Name}}"));
    }

    [Fact]
    public void RemovalAndRestartExcludeEachOther()
        => Assert.Contains("--rm", Engine.Run("run", "--rm", "--restart", "always", Image, "/bin/true").Is(125).Err);
}
