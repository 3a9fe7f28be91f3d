using System.Text;
using MyDocker.Containers.Tests.Harness;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Containers.Tests;

/// <summary>-t on a real terminal, whose session the command line leads as a shell's child would.</summary>
public sealed class TerminalTests : ContainerTest
{
    public TerminalTests()
    {
        Machine.Require();
        Machine.RequireTool("setsid", "util-linux");
    }

    [Fact]
    public void TheCommandHasATerminalOfTheCallersSize()
    {
        using var caller = Run("tty; stty size; echo TERM=$TERM; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && ls -l /dev/console; exit 5");
        Assert.Equal(5, caller.Exit().ShellCode);
        caller.Shows("/dev/");
        caller.Shows("30 100");
        caller.Shows("TERM=xterm");
        caller.Shows("/dev/console");
        Assert.True(caller.Modes.SameAs(caller.Original));
    }

    [Fact]
    public void AResizeReachesTheCommand()
    {
        using var caller = Run("trap 'stty size' WINCH; echo up; while :; do sleep 0.05; done");
        caller.Shows("up");
        caller.Resize(new WindowSize(33, 111)); // the kernel tells the foreground process group, the engine the container
        caller.Shows("33 111");
    }

    [Fact]
    public void CtrlCEndsWhatRunsInTheForegroundAndTheShellGoesOn()
    {
        using var caller = Run(null);
        caller.Type("echo ready-$((1+1))\r");
        caller.Shows("ready-2");
        Assert.False(caller.Modes.IsCanonical);
        caller.Type("sh -c 'echo started-$((2+2)); exec sleep 1000'\r"); // in the foreground when it says so
        caller.Shows("started-4");
        caller.Type("\u0003");
        caller.Type("echo code-$?\r");
        caller.Shows("code-130");
        caller.Type("exit 4\r");
        Assert.Equal(4, caller.Exit().ShellCode);
        Assert.True(caller.Modes.SameAs(caller.Original));
    }

    [Fact]
    public void JobControlWorks()
    {
        using var caller = Run(null);
        caller.Type("echo ready-$((1+1))\r");
        caller.Shows("ready-2");
        caller.Type("sh -c 'echo started-$((2+2)); exec sleep 1000'\r"); // in the foreground when it says so
        caller.Shows("started-4");
        caller.Type("\u001a");
        caller.Shows("Stopped");
        caller.Type("bg; jobs; kill %1; wait; echo done-$((3+3))\r");
        caller.Shows("done-6");
        caller.Type("exit\r");
        caller.Exit();
    }

    [Fact]
    public void EndOfFileEndsTheShell()
    {
        using var caller = Run(null);
        caller.Type("echo ready-$((1+1))\r");
        caller.Shows("ready-2");
        caller.Type("\u0004");
        Assert.Equal(0, caller.Exit().ShellCode);
    }

    [Fact]
    public void TheTerminalIsRestoredAfterEveryKindOfDeath()
    {
        foreach (var signal in (int[])[Harness.Signals.SIGKILL, Harness.Signals.SIGTERM])
        {
            using var caller = Run("trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done");
            caller.Shows("up");
            Wait.Until(() => !caller.Modes.IsCanonical, "raw mode");
            Harness.Signals.Send(caller.Pid, signal);
            caller.Exit();
            Wait.Until(() => caller.Modes.SameAs(caller.Original), "the terminal's modes to be restored");
        }
    }

    [Fact]
    public void TheTerminalIsRestoredWhenTheContainerIsKilledFromElsewhere()
    {
        using var caller = Run("echo up; exec sleep 1000", "--name", "sleeper");
        caller.Shows("up");
        Engine.Run("kill", "sleeper").Is(0);
        Assert.Equal(137, caller.Exit().ShellCode);
        Assert.True(caller.Modes.SameAs(caller.Original));
    }

    [Fact]
    public void ATerminalThatHangsUpLeavesAContainerThatCanBeManaged()
    {
        using (var caller = Run("echo up; exec sleep 1000", "--name", "lost"))
        {
            caller.Shows("up");
            caller.HangUp();
            caller.Exit();
        }

        if (Engine.Line("lost") is not null)
        {
            Engine.Run("rm", "-f", "lost").Is(0);
        }

        Assert.Null(Engine.Line("lost"));
    }

    [Fact]
    public void WithoutATerminalTheOptionIsRefused()
        => Assert.Contains("terminal", Engine.Run("run", "--rm", "-it", Image, "/bin/true") is { ExitCode: not 0 } refused ? refused.Err : "");

    private Caller Run(string? script, params string[] options)
        => new(Engine, ["run", "--rm", "-it", .. options, Image, "/bin/sh", .. script is null ? (string[])[] : ["-c", script]]);
}
