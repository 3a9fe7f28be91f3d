using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// A command in the foreground: forwards signals to it, carries its terminal's input and output, reaps what it leaves, until
/// it ends. Made before the container, so that no signal is lost: one that comes early is forwarded late, and ends nobody.
/// </summary>
public sealed unsafe class Foreground : IDisposable
{
    private const int BufferSize = 16 * 1024;

    private readonly SignalFd _signals;
    private byte[] _input = [];
    private int _inputStart;
    private int _inputEnd;
    private bool _inputOpen = true;
    private Termios? _callerModes;

    /// <param name="adoptOrphans">processes that outlive their parents in the container become this process' children.</param>
    public Foreground(bool adoptOrphans)
    {
        if (adoptOrphans)
        {
            Children.AdoptOrphans();
        }

        // What the terminal or the kernel says to this very process, and what cannot be blocked, is not for the container.
        var set = new SignalSet(ulong.MaxValue).Without(Signals.SIGKILL).Without(Signals.SIGSTOP)
            .Without(Signals.SIGSEGV).Without(Signals.SIGBUS).Without(Signals.SIGFPE).Without(Signals.SIGILL).Without(Signals.SIGTRAP)
            .Without(Signals.SIGABRT).Without(Signals.SIGTTIN).Without(Signals.SIGTSTP);
        Signals.Block(set);
        _signals = new SignalFd(set);
    }

    /// <summary>What carries the word of the command that it is ready; let go of once it has.</summary>
    internal NotifyProxy? Notify { get; set; }

    /// <summary>
    /// To be called before the command runs, for a terminal that this process will carry: lines end as the command writes them, into
    /// a pipe or a file as without a terminal. The caller's terminal, if there is one, makes of "\n" what it needs.
    /// </summary>
    public static void KeepLineEnds(Fd terminal)
    {
        if (Terminal.TryGetModes(terminal.Number, out var modes) == Errno.None)
        {
            modes.OutputFlags &= ~Termios.ONLCR;
            Terminal.TrySetModes(terminal.Number, modes);
        }
    }

    /// <summary>Until the process ends. Returns how it ended.</summary>
    /// <param name="terminal">master end of its terminal, if this process carries it.</param>
    public ProcessExit Wait(int pid, Fd pidFd, Fd? terminal)
    {
        if (terminal is not null)
        {
            _input = new byte[BufferSize];
            Descriptors.SetNonBlocking(terminal);
            EnterRaw(terminal);
        }

        var polls = stackalloc PollFd[4];
        while (true)
        {
            polls[0] = new PollFd { Descriptor = _signals.Fd.Number, Events = PollFd.POLLIN };
            polls[1] = new PollFd { Descriptor = terminal?.Number ?? -1, Events = (short)(PollFd.POLLIN | (_inputEnd > _inputStart ? PollFd.POLLOUT : 0)) };
            polls[2] = new PollFd { Descriptor = terminal is not null && _inputOpen && _inputEnd == _inputStart ? 0 : -1, Events = PollFd.POLLIN };
            polls[3] = new PollFd { Descriptor = Notify?.Fd.Number ?? -1, Events = PollFd.POLLIN };
            Descriptors.Poll(polls, 4, -1);
            if (polls[3].Returned != 0 && Notify!.Take(pid))
            {
                Notify = null;
            }

            if (polls[2].Returned != 0)
            {
                ReadInput();
            }

            if (terminal is not null && (polls[1].Returned & PollFd.POLLOUT) != 0)
            {
                WriteInput(terminal);
            }

            if (terminal is not null && (polls[1].Returned & ~PollFd.POLLOUT) != 0 && !CopyOutput(terminal))
            {
                terminal = null; // hung up: its last process is gone
            }

            if (polls[0].Returned != 0 && TakeSignals(pid, pidFd, terminal) is { } exit)
            {
                Drain(terminal);
                return exit;
            }
        }
    }

    public void Dispose()
    {
        if (_callerModes is { } modes)
        {
            Terminal.TrySetModes(0, modes);
        }

        _signals.Dispose();
    }

    private void EnterRaw(Fd terminal)
    {
        if (Terminal.TryGetModes(0, out var modes) == Errno.None)
        {
            _callerModes = modes;
            var raw = modes.ToRaw();
            raw.OutputFlags |= modes.OutputFlags & Termios.OPOST;
            Terminal.TrySetModes(0, raw);
        }

        Resize(terminal);
    }

    private static void Resize(Fd terminal)
    {
        if (Terminal.TryGetSize(0, out var size) == Errno.None && size.Rows > 0)
        {
            Terminal.TrySetSize(terminal.Number, size);
        }
    }

    private ProcessExit? TakeSignals(int pid, Fd pidFd, Fd? terminal)
    {
        while (_signals.TryRead(out var info))
        {
            switch (info.Signal)
            {
                case Signals.SIGCHLD:
                    while (Children.TryReap(out var exit) is > 0 and var reaped)
                    {
                        if (reaped == pid)
                        {
                            return exit;
                        }
                    }

                    break;
                case Signals.SIGWINCH when terminal is not null:
                    Resize(terminal);
                    break;
                case Signals.SIGURG or Signals.SIGPIPE or Signals.SIGTTOU:
                    break; // not for the container
                default:
                    new PidFd(pidFd).TrySend(info.Signal);
                    break;
            }
        }

        return null;
    }

    private void ReadInput()
    {
        fixed (byte* buffer = _input)
        {
            var count = Descriptors.Read(0, buffer, BufferSize);
            _inputStart = 0;
            _inputEnd = Math.Max(count, 0);
            _inputOpen = count > 0;
        }
    }

    private void WriteInput(Fd terminal)
    {
        fixed (byte* buffer = _input)
        {
            var count = Descriptors.Write(terminal.Number, buffer + _inputStart, _inputEnd - _inputStart);
            _inputStart += Math.Max(count, 0);
        }
    }

    /// <summary>False: the terminal has hung up (EIO).</summary>
    private static bool CopyOutput(Fd terminal)
    {
        var buffer = stackalloc byte[BufferSize];
        var count = Descriptors.Read(terminal.Number, buffer, BufferSize);
        if (count > 0)
        {
            Files.TryWrite(Fd.Borrowed(1), new ReadOnlySpan<byte>(buffer, count));
        }

        return count > 0 || count == -(int)Errno.EAGAIN;
    }

    /// <summary>What the command wrote before its end.</summary>
    private static void Drain(Fd? terminal)
    {
        if (terminal is null)
        {
            return;
        }

        var buffer = stackalloc byte[BufferSize];
        int count;
        while ((count = Descriptors.Read(terminal.Number, buffer, BufferSize)) > 0)
        {
            Files.TryWrite(Fd.Borrowed(1), new ReadOnlySpan<byte>(buffer, count));
        }
    }
}
