using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Containers.Tests.Harness;

/// <summary>A terminal with the command line on it.</summary>
public sealed class Caller : IDisposable
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
            _process.TrySend(Signals.SIGKILL);
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
