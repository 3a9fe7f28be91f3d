using System.Runtime.InteropServices;
using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Attach;

/// <summary>What happens to a client that reads slower than its container writes.</summary>
public enum ClientPolicy
{
    /// <summary>The container waits for it, as it would for a terminal or a pipe: the command that runs it in the foreground.</summary>
    Lossless,

    /// <summary>It misses output beyond what its socket holds (about 200 KB), and is told how much; nobody waits for it.</summary>
    Bounded,
}

/// <summary>
/// A command line's connection, as the monitor sees it. Nothing is queued for it in this process: what its socket does
/// not take now is remembered as flags and sent, in order, when there is room.
/// </summary>
public sealed unsafe class AttachedClient
{
    private readonly ContainerIo _io;
    private readonly ClientPolicy _policy;
    private HelloFlags _wants;
    private bool _greeted;
    private bool _startedDue;
    private bool _stdinReadyDue;
    private bool _stdinClosedDue;
    private ulong _skipped;
    private byte[]? _final;
    private bool _finalSent;
    private Fd? _terminal;
    private Termios _modes;
    private byte* _input;
    private int _inputStart;
    private int _inputEnd;

    internal AttachedClient(ContainerIo io, Fd socket, ClientPolicy policy)
    {
        _io = io;
        _policy = policy;
        Socket = socket;
        if (policy == ClientPolicy.Lossless)
        {
            _wants = HelloFlags.Stdout | HelloFlags.Stderr; // nothing is lost, however late its greeting
        }
    }

    internal Fd Socket { get; }

    /// <summary>The chunk in the output buffer still has to go to this client.</summary>
    internal bool HoldsOutput { get; private set; }

    internal bool WantsStdin => (_wants & HelloFlags.Stdin) != 0;

    internal bool HasInput => _inputEnd > _inputStart;

    /// <summary>Its socket had no room for the last word yet, and it is one that is waited for.</summary>
    internal bool IsOwedLastWord => _policy == ClientPolicy.Lossless && _final is not null && !_finalSent;

    private bool IsBehind => _startedDue || HoldsOutput || _stdinReadyDue || _stdinClosedDue || _skipped > 0 || (_final is not null && !_finalSent);

    internal bool Greet(in HelloPayload hello, Fd? terminal)
    {
        if (_greeted)
        {
            return false;
        }

        _greeted = true;
        _wants = hello.Flags;
        _terminal = terminal;
        _modes = hello.Modes;
        return true;
    }

    internal void TellStarted()
    {
        _startedDue = true;
        Flush();
    }

    internal void TellWarning(string line)
    {
        var frame = new byte[Frame.HeaderSize + Encoding.UTF8.GetByteCount(line)];
        Encoding.UTF8.GetBytes(line, frame.AsSpan(Frame.HeaderSize));
        fixed (byte* start = frame)
        {
            TrySend(start, Frame.Seal(start, FrameType.Warning, frame.Length - Frame.HeaderSize));
        }
    }

    internal void TellStdinReady()
    {
        _stdinReadyDue = true;
        Flush();
    }

    internal void TellStdinClosed()
    {
        _stdinClosedDue = true;
        Flush();
    }

    /// <summary>The last word: nothing follows it.</summary>
    internal void TellEnd(FrameType type, int code, string message)
    {
        if (_final is not null)
        {
            return;
        }

        var text = Encoding.UTF8.GetByteCount(message);
        _final = new byte[Frame.HeaderSize + sizeof(int) + text];
        Encoding.UTF8.GetBytes(message, _final.AsSpan(Frame.HeaderSize + sizeof(int)));
        fixed (byte* frame = _final)
        {
            *(int*)(frame + Frame.HeaderSize) = code;
            Frame.Seal(frame, type, sizeof(int) + text);
        }

        Flush();
    }

    /// <summary>Sends a chunk of output, or takes note that it is due (lossless) or missed (bounded).</summary>
    internal void Offer(OutputStream stream, byte* frame, int length)
    {
        var wanted = stream == OutputStream.Stdout ? HelloFlags.Stdout : HelloFlags.Stderr;
        if ((_wants & wanted) == 0 || _final is not null)
        {
            return;
        }

        if (IsBehind || !TrySend(frame, length))
        {
            if (_policy == ClientPolicy.Lossless)
            {
                HoldsOutput = true;
            }
            else
            {
                _skipped += (ulong)(length - Frame.HeaderSize);
            }

            WatchForRoom();
        }
    }

    /// <summary>Sends what is due, in order, as far as there is room.</summary>
    internal void Flush()
    {
        if (FlushDue())
        {
            _io.Loop.Modify(Socket, EpollEvents.EPOLLIN);
        }
        else
        {
            WatchForRoom();
        }
    }

    /// <summary>Keeps input that the container has not taken yet, until <see cref="WriteInput"/> has written it.</summary>
    internal void KeepInput(byte* data, int length)
    {
        _input = (byte*)NativeMemory.Alloc((nuint)length);
        NativeMemory.Copy(data, _input, (nuint)length);
        _inputStart = 0;
        _inputEnd = length;
    }

    /// <summary>Writes kept input. EAGAIN: some is left.</summary>
    internal Errno WriteInput(Fd target)
    {
        while (HasInput)
        {
            var count = Descriptors.Write(target.Number, _input + _inputStart, _inputEnd - _inputStart);
            if (count < 0)
            {
                return (Errno)(-count);
            }

            _inputStart += count;
        }

        FreeInput();
        return Errno.None;
    }

    internal void FreeInput()
    {
        NativeMemory.Free(_input);
        _input = null;
        _inputStart = _inputEnd = 0;
    }

    /// <summary>
    /// Ends the connection. If the client left without a word (kill -9) while its terminal was raw, the modes from before
    /// are put back; not if they are no longer the raw ones: then its shell has the terminal again and has set its own.
    /// </summary>
    internal void Close(bool farewell)
    {
        if (_terminal is { } terminal && !farewell && Terminal.TryGetModes(terminal.Number, out var now) == Errno.None)
        {
            var raw = _modes.ToRaw();
            if (now.LocalFlags == raw.LocalFlags && now.InputFlags == raw.InputFlags && now.OutputFlags == raw.OutputFlags)
            {
                Terminal.TrySetModes(terminal.Number, _modes);
            }
        }

        _terminal?.Dispose();
        _terminal = null;
        FreeInput();
        HoldsOutput = false;
        Socket.Dispose();
    }

    private bool FlushDue()
    {
        var scratch = stackalloc byte[Frame.HeaderSize + sizeof(ulong)];
        if (_startedDue && (_startedDue = !TrySend(scratch, Frame.Seal(scratch, FrameType.Started, 0))))
        {
            return false;
        }

        if (HoldsOutput && (HoldsOutput = !TrySend(_io.HeldFrame, _io.HeldLength)))
        {
            return false;
        }

        if (_stdinReadyDue && (_stdinReadyDue = !TrySend(scratch, Frame.Seal(scratch, FrameType.StdinReady, 0))))
        {
            return false;
        }

        if (_stdinClosedDue && (_stdinClosedDue = !TrySend(scratch, Frame.Seal(scratch, FrameType.StdinClosed, 0))))
        {
            return false;
        }

        *(ulong*)(scratch + Frame.HeaderSize) = _skipped;
        if (_skipped > 0 && !TrySend(scratch, Frame.Seal(scratch, FrameType.Skipped, sizeof(ulong))))
        {
            return false;
        }

        _skipped = 0;
        if (_final is not null && !_finalSent)
        {
            fixed (byte* frame = _final)
            {
                _finalSent = TrySend(frame, _final.Length);
            }

            return _finalSent;
        }

        return true;
    }

    /// <summary>False if there is no room now. A peer that is gone counts as sent: its hang-up comes through the loop.</summary>
    private bool TrySend(byte* frame, int length)
        => UnixSockets.TrySend(Socket, frame, length) is not (Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM);

    private void WatchForRoom() => _io.Loop.Modify(Socket, EpollEvents.EPOLLIN | EpollEvents.EPOLLOUT);
}
