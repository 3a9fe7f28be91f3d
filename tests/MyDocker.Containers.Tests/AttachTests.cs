using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>attach and start -a -i, with and without a terminal.</summary>
public sealed class AttachTests : ContainerTest
{
    public AttachTests()
    {
        Machine.Require();
        Machine.RequireTool("setsid", "util-linux");
    }

    [Fact]
    public void AShellIsLeftAndEnteredAgain()
    {
        using (var caller = new Caller(Engine, ["run", "-it", "--name", "shell", Image, "/bin/sh"]))
        {
            caller.Type("X=kept; echo ready-$((1+1))\r");
            caller.Shows("ready-2");
            caller.Type("\u0010\u0011");
            Assert.Equal(0, caller.Exit().ShellCode);
            Assert.True(caller.Modes.SameAs(caller.Original));
        }

        Assert.Equal("running", Engine.Inspect("shell", "{{.State.Status}}"));
        using (var caller = new Caller(Engine, ["attach", "--detach-keys", "ctrl-x,x", "shell"]))
        {
            caller.Type("echo $X-$((2+2)); stty size\r");
            caller.Shows("kept-4");
            caller.Shows("30 100");
            caller.Type("\u0018x");
            Assert.Equal(0, caller.Exit().ShellCode);
        }

        using (var caller = new Caller(Engine, ["attach", "shell"]))
        {
            caller.Type("echo $X-$((3+3)); exit 9\r");
            caller.Shows("kept-6");
            Assert.Equal(9, caller.Exit().ShellCode);
        }

        using (var caller = new Caller(Engine, ["start", "-ai", "shell"]))
        {
            caller.Type("echo [$X]-$((4+4)); exit 8\r");
            caller.Shows("[]-8");
            Assert.Equal(8, caller.Exit().ShellCode);
            Assert.True(caller.Modes.SameAs(caller.Original));
        }
    }

    [Fact]
    public void SeveralWatchAndTheExitCodeReachesAll()
    {
        Engine.Detached("until [ -e /tmp/go ]; do sleep 0.05; done; echo seen; exit 4", "--name", "watched");
        using var one = Engine.Start(["attach", "--no-stdin", "watched"]);
        using var two = Engine.Start(["attach", "--no-stdin", "watched"]);
        Wait.Until(() => Engine.Run("events", "--since", "1h", "--until", "0s", "-f", "event=attach", "--format", "{{.Action}}").Lines.Length == 2, "both to be attached");
        Thread.Sleep(TimeFactor.Seconds(0.1)); // the event comes right before the greeting
        Engine.Run("exec", "watched", "/bin/touch", "/tmp/go").Is(0);
        foreach (var watcher in (Running[])[one, two])
        {
            Assert.Equal("seen\n", watcher.End().Is(4).Out);
        }

        Assert.Contains("not running", Engine.Run("attach", "watched").Is(1).Err);
    }

    [Fact]
    public void AKilledWatcherChangesNothing()
    {
        Engine.Detached("sleep 1; echo end", "--name", "unharmed");
        using var watcher = Engine.Start(["attach", "--no-stdin", "unharmed"]);
        Wait.Until(() => File.Exists($"/proc/{watcher.Pid}/cmdline"), "the watcher");
        Thread.Sleep(50);
        Harness.Signals.Send(watcher.Pid, Harness.Signals.SIGKILL);
        Assert.Equal("0\n", Engine.Run("wait", "unharmed").Is(0).Out);
        Assert.Equal("end\n", Engine.Run("logs", "unharmed").Is(0).Out);
    }

    [Fact]
    public void SignalsOfAWatcherReachTheContainerUnlessToldOtherwise()
    {
        Engine.Detached("trap 'exit 6' TERM; echo up; while :; do sleep 0.05; done", "--name", "signalled");
        Wait.Until(() => Engine.Run("logs", "signalled").Out.Contains("up"), "the trap");
        using (var apart = Engine.Start(["attach", "--no-stdin", "--sig-proxy=false", "signalled"]))
        {
            Thread.Sleep(200);
            apart.Signal(Harness.Signals.SIGTERM);
            Assert.Equal(143, apart.End().ExitCode);
        }

        Assert.Equal("true", Engine.Inspect("signalled", "{{.State.Running}}"));
        using var watcher = Engine.Start(["attach", "--no-stdin", "signalled"]);
        Thread.Sleep(200);
        watcher.Signal(Harness.Signals.SIGTERM);
        Assert.Equal(6, watcher.End().ExitCode);
    }
}
