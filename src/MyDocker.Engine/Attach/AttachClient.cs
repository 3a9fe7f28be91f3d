using System.Runtime.InteropServices;
using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;
using static MyDocker.Kernel.Processes.Signals;

namespace MyDocker.Engine.Attach;

/// <summary>
/// The command line's side of an attached container: a loop over poll(2), which unlike epoll takes regular files too,
/// between the monitor's socket and our standard streams, terminal and signals.
/// </summary>
public sealed unsafe partial class AttachClient : IDisposable
{
    private const int SocketSlot = 0;
    private const int SignalSlot = 1;
    private const int StdinSlot = 2;
    private const int OutputSlot = 3;

    private static readonly AttachResult Lost = new(AttachOutcome.MonitorLost, 125, "the container's monitor is gone");

    private readonly Fd _socket;
    private readonly AttachOptions _options;
    private readonly byte* _received = (byte*)NativeMemory.Alloc(Frame.MaxSize);
    private readonly byte* _typed = (byte*)NativeMemory.Alloc(Frame.MaxSize);
    private readonly byte* _scratch;
    private readonly CallerTerminal? _terminal;
    private readonly bool _usesRawTerminal;
    private ClientOutput? _stdout;
    private ClientOutput? _stderr;
    private ClientOutput? _pendingTarget;
    private int _pendingStart;
    private int _pendingEnd;
    private int _stdinFrame;
    private bool _stdinBusy;
    private bool _stdinEnded;
    private bool _stdinCloseDue;
    private bool _resizeDue;
    private bool _started;
    private SignalSet _signalsDue;
    private ulong _skipped;
    private AttachResult? _result;

    /// <param name="socket">connected to the monitor; stays the caller's to close.</param>
    public AttachClient(Fd socket, AttachOptions options)
    {
        _socket = socket;
        _options = options;
        _scratch = (byte*)NativeMemory.Alloc(512);
        _terminal = options.Terminal
            ? CallerTerminal.TryOpen(options.StdinDescriptor) ?? CallerTerminal.TryOpen(options.StdoutDescriptor)
            : null;
        _usesRawTerminal = options.Interactive && _terminal?.Descriptor == options.StdinDescriptor;
        _stdinEnded = !options.Interactive;
    }

    /// <summary>
    /// The signals that are read from a descriptor instead of acting. To start a process of several threads as such a
    /// client, start it with these blocked.
    /// </summary>
    public static SignalSet HandledSignals(AttachOptions options)
    {
        var set = options.ProxySignals
            ? SignalSet.Of(SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT, SIGCONT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR)
            : SignalSet.Of(SIGHUP, SIGINT, SIGQUIT, SIGTERM);
        if (options.ProxySignals)
        {
            // SIGRTMIN itself is how the .NET runtime interrupts its own threads.
            for (var signal = SIGRTMIN + 1; signal <= SIGRTMAX; signal++)
            {
                set = set.With(signal);
            }
        }

        return options.Terminal ? set.With(SIGWINCH).With(SIGTSTP).With(SIGCONT) : set;
    }

    /// <summary>
    /// Introduces us to the monitor, which may be started later: the message waits in its socket. Not before the
    /// monitor needs to know the terminal's size.
    /// </summary>
    public void SendHello()
    {
        var hello = new HelloPayload
        {
            Flags = (_options.Interactive ? HelloFlags.Stdin : 0) | (_options.Stdout ? HelloFlags.Stdout : 0) | (_options.Stderr ? HelloFlags.Stderr : 0),
        };
        Span<int> descriptors = stackalloc int[1];
        if (_terminal is not null && Terminal.TryGetSize(_terminal.Descriptor, out var size) == Errno.None)
        {
            hello.Size = size;
            hello.Flags |= HelloFlags.Size;
        }

        if (_usesRawTerminal)
        {
            hello.Modes = _terminal!.Original;
            hello.Flags |= HelloFlags.Terminal;
            descriptors[0] = _terminal.Descriptor;
        }

        *(HelloPayload*)(_scratch + Frame.HeaderSize) = hello;
        var length = Frame.Seal(_scratch, FrameType.Hello, sizeof(HelloPayload));
        UnixSockets.TrySend(_socket, _scratch, length, _usesRawTerminal ? descriptors : default); // a monitor that is gone is seen by Run
    }

    /// <summary>
    /// Runs until there is a result (after <see cref="SendHello"/>): 1. takes the signals, 2. forwards both ways,
    /// 3. restores the terminal, whatever happened, 4. takes leave of the monitor.
    /// </summary>
    public AttachResult Run()
    {
        var handled = HandledSignals(_options);
        var mask = Block(handled.With(SIGPIPE));
        using var signals = new SignalFd(handled);
        try
        {
            _stdout = new ClientOutput(_options.StdoutDescriptor);
            _stderr = new ClientOutput(_options.StderrDescriptor);
            while (_result is null)
            {
                Step(signals);
            }

            return _result with { SkippedBytes = _skipped };
        }
        finally
        {
            _terminal?.Restore();
            if (_result is not { Outcome: AttachOutcome.MonitorLost })
            {
                Send(FrameType.Bye, 0);
            }

            _stdout?.Dispose();
            _stderr?.Dispose();
            while (signals.TryRead(out _))
            {
                // What came too late for the container must not end us when it is unblocked.
            }

            SetMask(mask);
        }
    }

    public void Dispose()
    {
        _terminal?.Restore();
        NativeMemory.Free(_received);
        NativeMemory.Free(_typed);
        NativeMemory.Free(_scratch);
    }

    private bool IsOutputPending => _pendingEnd > _pendingStart;

    private bool IsSendDue => _stdinFrame > 0 || (_stdinCloseDue && !_stdinBusy) || _resizeDue || _signalsDue.Bits != 0;

    private void Step(SignalFd signals)
    {
        var slots = stackalloc PollFd[4];
        var socketEvents = (IsOutputPending ? 0 : PollFd.POLLIN) | (IsSendDue ? PollFd.POLLOUT : 0);
        slots[SocketSlot] = Slot(_socket.Number, socketEvents);
        slots[SignalSlot] = Slot(signals.Fd.Number, PollFd.POLLIN);
        slots[StdinSlot] = Slot(_options.StdinDescriptor, _started && !_stdinEnded && !_stdinBusy ? PollFd.POLLIN : 0);
        slots[OutputSlot] = Slot(_pendingTarget?.Descriptor ?? -1, IsOutputPending ? PollFd.POLLOUT : 0);
        if (Descriptors.Poll(slots, 4, -1) == 0)
        {
            return;
        }

        if (slots[SignalSlot].Returned != 0)
        {
            TakeSignals(signals);
        }

        if (slots[OutputSlot].Returned != 0)
        {
            WriteOutput();
        }

        if (slots[StdinSlot].Returned != 0)
        {
            ReadStdin();
        }

        if (_result is null && (slots[SocketSlot].Returned & ~PollFd.POLLOUT) != 0 && !IsOutputPending)
        {
            Receive();
        }

        SendDue();
    }

    private static PollFd Slot(int descriptor, int events) => new() { Descriptor = events == 0 ? -1 : descriptor, Events = (short)events };

    private void Receive()
    {
        var count = UnixSockets.Receive(_socket, _received, Frame.MaxSize);
        if (count is -(int)Errno.EAGAIN or -(int)Errno.ECONNRESET)
        {
            return; // ECONNRESET: the monitor left without reading all that we sent; its last words still come
        }

        if (count <= 0 || !Frame.TryOpen(_received, count, out var type, out var length))
        {
            _result ??= Lost;
            return;
        }

        var payload = _received + Frame.HeaderSize;
        switch (type)
        {
            case FrameType.Started:
                Start();
                break;
            case FrameType.Stdout:
            case FrameType.Stderr:
            case FrameType.Warning:
                _pendingTarget = type == FrameType.Stdout ? _stdout : _stderr;
                _pendingStart = Frame.HeaderSize;
                _pendingEnd = _pendingTarget is null ? 0 : Frame.HeaderSize + length;
                if (_pendingTarget is { NeverWaits: true })
                {
                    WriteOutput();
                }

                break;
            case FrameType.StdinReady:
                _stdinBusy = false;
                break;
            case FrameType.StdinClosed:
                _stdinEnded = true;
                _stdinCloseDue = false;
                break;
            case FrameType.Skipped when length == sizeof(ulong):
                _skipped += *(ulong*)payload;
                break;
            case FrameType.Exited or FrameType.Failed when length >= sizeof(int):
                var message = Encoding.UTF8.GetString(payload + sizeof(int), length - sizeof(int));
                _result = new AttachResult(type == FrameType.Exited ? AttachOutcome.Exited : AttachOutcome.Failed, *(int*)payload, message);
                break;
            default:
                break; // a newer monitor may say more than we understand
        }
    }

    /// <summary>Until now the terminal was the engine's own, for its messages and Ctrl-C; from now on it is the container's.</summary>
    private void Start()
    {
        _started = true;
        if (_options.UntilStarted)
        {
            _result = new AttachResult(AttachOutcome.Detached, 0);
            return;
        }

        if (_usesRawTerminal)
        {
            _terminal!.EnterRaw();
        }
    }

    private void WriteOutput()
    {
        while (IsOutputPending)
        {
            var count = _pendingTarget!.Write(_received + _pendingStart, _pendingEnd - _pendingStart);
            if (count == -(int)Errno.EAGAIN)
            {
                return;
            }

            if (count < 0)
            {
                OutputFailed((Errno)(-count));
                return;
            }

            _pendingStart += count;
            if (!_pendingTarget.NeverWaits)
            {
                return;
            }
        }
    }

    private void OutputFailed(Errno errno)
    {
        _pendingEnd = 0;
        if (_pendingTarget == _stderr)
        {
            _stderr!.Dispose();
            _stderr = null; // what is left of the command's job does not need it
            return;
        }

        _result ??= errno is Errno.EPIPE or Errno.EIO or Errno.EBADF
            ? new AttachResult(AttachOutcome.OutputClosed, 128 + SIGPIPE, $"write standard output: {errno.Describe()}")
            : throw new KernelException("write", "standard output", errno);
    }
}
