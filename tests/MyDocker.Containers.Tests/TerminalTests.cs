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
        caller.Type("echo started-$((2+2)); sleep 1000\r");
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
        caller.Type("echo started-$((2+2)); sleep 1000\r");
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

    /// <summary>A terminal with the command line on it.</summary>
    private sealed class Caller : IDisposable
    {
        private readonly Fd _screen;
        private readonly Fd _peer;
        private readonly StringBuilder _shown = new();
        private readonly PidFd _process;
        private bool _ended, _hungUp;

        public Caller(Engine engine, string[] arguments)
        {
            _screen = Terminal.OpenMaster();
            Assert.Equal(Errno.None, Terminal.TryOpenPeer(_screen, out var peer));
            _peer = peer!;
            Terminal.TryGetModes(_peer.Number, out var modes);
            Original = modes;
            Terminal.TrySetSize(_screen.Number, new WindowSize(30, 100));
            Descriptors.SetNonBlocking(_screen);

            // setsid -c: the leader of a session whose terminal this is.
            Pid = Spawn.Start(new SpawnRequest("/usr/bin/setsid", ["setsid", "-c", engine.Program, .. engine.CommandLine(arguments)])
            {
                Descriptors = [new(_peer.Number, 0), new(_peer.Number, 1), new(_peer.Number, 2)],
            });
            _process = PidFd.Open(Pid);
        }

        public int Pid { get; }

        public Termios Original { get; }

        public Termios Modes
        {
            get
            {
                Assert.Equal(Errno.None, Terminal.TryGetModes(_peer.Number, out var modes));
                return modes;
            }
        }

        public void Type(string keys) => Assert.Equal(Errno.None, Files.TryWrite(_screen, Encoding.UTF8.GetBytes(keys)));

        public void Resize(WindowSize size) => Assert.Equal(Errno.None, Terminal.TrySetSize(_screen.Number, size));

        public void HangUp()
        {
            _hungUp = true;
            _screen.Dispose();
        }

        public void Shows(string text) => Wait.Until(() =>
        {
            Look();
            return _shown.ToString().Contains(text, StringComparison.Ordinal);
        }, $"\"{text}\" on the terminal: {_shown}");

        public ProcessExit Exit()
        {
            ProcessExit? exit = null;
            Wait.Until(() =>
            {
                Look();
                return (exit = _process.TryWait()) is not null;
            }, "the command line to end");
            _ended = true;
            return exit!.Value;
        }

        public void Dispose()
        {
            if (!_ended)
            {
                _process.TrySend(Harness.Signals.SIGKILL);
                _process.Wait();
            }

            _process.Dispose();
            _peer.Dispose();
            _screen.Dispose();
        }

        private void Look()
        {
            var buffer = new byte[4096];
            for (int count; !_hungUp && (count = Files.Read(_screen, buffer)) > 0;)
            {
                _shown.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
    }
}
