using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Tests;

/// <summary>The client as a process of its own, on a real terminal or pipes, signalled and killed from outside.</summary>
public sealed class AttachTerminalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task KeysReachTheContainersTerminalAndOursIsRawMeanwhileAndRestored()
    {
        using var caller = new Caller();
        using var monitor = new AttachMonitor("trap 'echo caught; exit 42' INT; tty; stty size; echo up; while :; do read x && echo \"got $x\"; done", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("/dev/pts/");
        await caller.Shows("up");
        Assert.False(caller.Modes.IsCanonical);
        caller.Type("hello\r");
        await caller.Shows("got hello");
        caller.Type("\u0003");
        await caller.Shows("caught");
        Assert.Equal(42, (await caller.Exit()).ShellCode);
        Assert.True(caller.Modes.SameAs(caller.Original));
        Assert.True(await monitor.ClientLeft.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task AResizeReachesTheContainersTerminal()
    {
        using var caller = new Caller();
        using var monitor = new AttachMonitor("trap 'stty size' WINCH; echo up; while :; do sleep 0.01; done", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("up");
        caller.Resize(new WindowSize(33, 111));
        await caller.Shows("33 111");
        caller.Process!.TrySend(Signals.SIGKILL);
        await caller.Exit();
    }

    [Fact]
    public async Task AClientKilledWithoutAWordLeavesAUsableTerminal()
    {
        using var caller = new Caller();
        using var monitor = new AttachMonitor("echo up; exec sleep 1000", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("up");
        Assert.False(caller.Modes.IsCanonical);
        caller.Process!.TrySend(Signals.SIGKILL);
        Assert.Equal(Signals.SIGKILL, (await caller.Exit()).Signal);
        Assert.False(await monitor.ClientLeft.Task.WaitAsync(Limit));
        await AttachPipeTests.Until(() => caller.Modes.SameAs(caller.Original));
        Assert.False(monitor.Drained.Task.IsCompleted); // the container goes on
    }

    [Fact]
    public async Task AShellThatHasTheTerminalAgainIsNotDisturbed()
    {
        using var caller = new Caller();
        using var monitor = new AttachMonitor("echo up; exec sleep 1000", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("up");
        var own = caller.Original;
        own.LocalFlags &= ~Termios.ECHO;
        caller.SetModes(own);
        caller.Process!.TrySend(Signals.SIGKILL);
        await caller.Exit();
        await monitor.ClientLeft.Task.WaitAsync(Limit);
        Assert.True(caller.Modes.SameAs(own));
    }

    [Theory]
    [InlineData(Signals.SIGTERM)]
    [InlineData(Signals.SIGHUP)]
    [InlineData(Signals.SIGINT)]
    [InlineData(Signals.SIGQUIT)]
    public async Task WithoutProxyASignalEndsTheClientWithTheTerminalRestored(int signal)
    {
        using var caller = new Caller();
        using var monitor = new AttachMonitor("echo up; exec sleep 1000", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t", "--no-proxy");
        await caller.Shows("up");
        caller.Process!.TrySend(signal);
        Assert.Equal(128 + signal, (await caller.Exit()).ExitCode);
        Assert.True(caller.Modes.SameAs(caller.Original));
        Assert.True(await monitor.ClientLeft.Task.WaitAsync(Limit));
    }

    [Fact]
    public async Task TheMonitorsDeathRestoresTheTerminal()
    {
        using var caller = new Caller();
        var monitor = new AttachMonitor("echo up; exec sleep 1000", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("up");
        monitor.Dispose();
        Assert.Equal(125, (await caller.Exit()).ExitCode);
        Assert.True(caller.Modes.SameAs(caller.Original));
    }

    [Fact]
    public async Task DetachKeysLeaveTheContainerRunning()
    {
        using var caller = new Caller();
        using var monitor = new AttachMonitor("echo up; exec sleep 1000", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("up");
        caller.Type("\u0010\u0011");
        await caller.Shows("Detached 0");
        Assert.Equal(0, (await caller.Exit()).ShellCode);
        Assert.True(await monitor.ClientLeft.Task.WaitAsync(Limit));
        Assert.False(monitor.Drained.Task.IsCompleted);
        Assert.True(caller.Modes.SameAs(caller.Original));
    }

    [Fact]
    public async Task AStopSignalGivesTheTerminalBackAndContinuingTakesItAgain()
    {
        using var caller = new Caller();
        using var monitor = new AttachMonitor("echo up; exec sleep 1000", terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("up");
        caller.Process!.TrySend(Signals.SIGTSTP);
        await AttachPipeTests.Until(() => File.ReadAllText($"/proc/{caller.Pid}/stat").Split(") ")[^1][0] == 'T');
        Assert.True(caller.Modes.SameAs(caller.Original));
        caller.Process.TrySend(Signals.SIGCONT);
        await AttachPipeTests.Until(() => !caller.Modes.IsCanonical);
        caller.Type("\u0010\u0011");
        Assert.Equal(0, (await caller.Exit()).ShellCode);
    }

    [Fact]
    public async Task ATerminalThatNobodyHasOpenOrThatHungUpIsNotTheEndOfOutput()
    {
        // Nobody has it open while the loop runs; a session leader that takes it and ends hangs it up for everyone.
        const string Script = "t=$(tty); exec </dev/null >/dev/null 2>&1; for i in {1..20000}; do :; done; setsid -w -c true <$t; echo again >$t; exec sleep 1000";
        using var caller = new Caller();
        using var monitor = new AttachMonitor(Script, terminal: true);
        caller.Start(monitor.ClientSocket, "-i", "-t");
        await caller.Shows("again");
        caller.Type("\u0010\u0011");
        await caller.Exit();
    }

    [Theory]
    [InlineData(Signals.SIGINT, "INT")]
    [InlineData(Signals.SIGTERM, "TERM")]
    [InlineData(Signals.SIGHUP, "HUP")]
    [InlineData(Signals.SIGQUIT, "QUIT")]
    [InlineData(Signals.SIGUSR1, "USR1")]
    [InlineData(Signals.SIGUSR2, "USR2")]
    [InlineData(Signals.SIGCONT, "CONT")]
    [InlineData(Signals.SIGRTMIN + 5, "RTMIN+5")]
    public async Task SignalsAreForwardedEvenPastInputThatNobodyReads(int signal, string name)
    {
        using var caller = new Caller(pipes: true);
        using var monitor = new AttachMonitor($"trap 'echo caught; kill $!; exit 17' {name}; sleep 1000 & echo up; wait; exit 1", input: true);
        caller.Start(monitor.ClientSocket, "-i");
        await caller.Shows("up");
        caller.FillStdin();
        caller.Process!.TrySend(signal);
        await caller.Shows("caught");
        Assert.Equal(17, (await caller.Exit()).ShellCode);
    }

    /// <summary>The user: a terminal (or pipes) with an attach client on it.</summary>
    private sealed class Caller : IDisposable
    {
        private readonly Fd _screen;
        private readonly Fd _keyboard;
        private readonly Fd _theirInput;
        private readonly Fd _theirOutput;
        private readonly StringBuilder _shown = new();

        public Caller(bool pipes = false)
        {
            if (pipes)
            {
                (_theirInput, _keyboard) = Descriptors.Pipe();
                (_screen, _theirOutput) = Descriptors.Pipe();
            }
            else
            {
                _screen = _keyboard = Terminal.OpenMaster();
                Assert.Equal(Errno.None, Terminal.TryOpenPeer(_screen, out var peer));
                _theirInput = _theirOutput = peer!;
                Terminal.TryGetModes(_theirInput.Number, out var modes);
                Original = modes;
            }

            Descriptors.SetNonBlocking(_screen);
            Descriptors.SetNonBlocking(_keyboard);
        }

        public Termios Original { get; }

        public PidFd? Process { get; private set; }

        public int Pid { get; private set; }

        public Termios Modes
        {
            get
            {
                Assert.Equal(Errno.None, Terminal.TryGetModes(_theirInput.Number, out var modes));
                return modes;
            }
        }

        public void SetModes(in Termios modes) => Assert.Equal(Errno.None, Terminal.TrySetModes(_theirInput.Number, modes));

        /// <summary>Signals are blocked from the start: this client runs on a runtime with more threads than ours will have.</summary>
        public void Start(Fd socket, params string[] options)
        {
            var host = Path.Combine(AppContext.BaseDirectory, "AttachHost");
            var attach = new AttachOptions { Terminal = options.Contains("-t"), ProxySignals = !options.Contains("--no-proxy") };
            Pid = Spawn.Start(new SpawnRequest(host, [host, .. options])
            {
                Descriptors = [new(_theirInput.Number, 0), new(_theirOutput.Number, 1), new(_theirOutput.Number, 2), new(socket.Number, 3)],
                BlockedSignals = AttachClient.HandledSignals(attach),
                NewSession = true,
            });
            socket.Dispose(); // the client's death must be the connection's end
            Process = PidFd.Open(Pid);
        }

        public void Type(string keys) => Assert.Equal(Errno.None, Files.TryWrite(_keyboard, Encoding.UTF8.GetBytes(keys)));

        public void FillStdin()
        {
            while (Files.TryWrite(_keyboard, new byte[4096]) == Errno.None)
            {
            }
        }

        public void Resize(WindowSize size)
        {
            Assert.Equal(Errno.None, Terminal.TrySetSize(_screen.Number, size));
            Process!.TrySend(Signals.SIGWINCH); // the terminal is not its controlling one, so the kernel does not
        }

        public async Task Shows(string text) => await AttachPipeTests.Until(() =>
        {
            Look();
            return _shown.ToString().Contains(text, StringComparison.Ordinal);
        });

        public async Task<ProcessExit> Exit()
        {
            ProcessExit? exit = null;
            await AttachPipeTests.Until(() =>
            {
                Look();
                return (exit = Process!.TryWait()) is not null;
            });
            Process!.Dispose();
            Process = null;
            return exit!.Value;
        }

        public void Dispose()
        {
            if (Process is not null)
            {
                Process.TrySend(Signals.SIGKILL);
                Process.Wait();
                Process.Dispose();
                TestContext.Current.TestOutputHelper?.WriteLine(_shown.ToString());
            }

            foreach (var fd in (Fd[])[_screen, _keyboard, _theirInput, _theirOutput])
            {
                fd.Dispose();
            }
        }

        private void Look()
        {
            var buffer = new byte[4096];
            for (int count; (count = Files.Read(_screen, buffer)) > 0;)
            {
                _shown.Append(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
    }
}
