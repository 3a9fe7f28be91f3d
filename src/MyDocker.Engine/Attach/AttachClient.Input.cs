using System.Numerics;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;
using static MyDocker.Kernel.Processes.Signals;

namespace MyDocker.Engine.Attach;

/// <summary>What goes from the command line to the container: typed bytes, signals, sizes.</summary>
public sealed unsafe partial class AttachClient
{
    private void ReadStdin()
    {
        var keys = _options.Terminal ? _options.DetachKeys : null;
        var target = _typed + Frame.HeaderSize;
        int count;
        if (keys is null)
        {
            count = Descriptors.Read(_options.StdinDescriptor, target, Frame.MaxPayload);
        }
        else
        {
            // The front half of the buffer for what goes out, the back half for what was typed.
            const int Size = (Frame.MaxPayload / 2) - DetachKeys.Margin;
            var raw = _typed + (Frame.MaxSize / 2) + DetachKeys.Margin;
            count = Descriptors.Read(_options.StdinDescriptor, raw, Size);
            if (count > 0)
            {
                var passed = keys.Filter(raw, count, target);
                if (keys.Detected)
                {
                    if (passed > 0)
                    {
                        UnixSockets.TrySend(_socket, _typed, Frame.Seal(_typed, FrameType.Stdin, passed));
                    }

                    _result ??= new AttachResult(AttachOutcome.Detached, 0);
                    return;
                }

                if (passed == 0)
                {
                    return;
                }

                count = passed;
            }
        }

        if (count == -(int)Errno.EAGAIN)
        {
            return;
        }

        if (count <= 0 && _terminal is { IsRaw: true })
        {
            // A raw terminal has no end of file: it has hung up. The container hears of it, as a command on it would, and we have no one left to serve.
            _signalsDue = _options.ProxySignals ? _signalsDue.With(SIGHUP) : _signalsDue;
            _result ??= new AttachResult(AttachOutcome.Interrupted, 128 + SIGHUP, "the terminal has hung up");
            return;
        }

        if (count <= 0)
        {
            // The end; also EIO from a terminal that hung up and EBADF from a descriptor that the caller had closed.
            _stdinEnded = true;
            _stdinCloseDue = true;
            return;
        }

        _stdinFrame = Frame.Seal(_typed, FrameType.Stdin, count);
        _stdinBusy = true;
    }

    private void TakeSignals(SignalFd signals)
    {
        while (_result is null && signals.TryRead(out var info))
        {
            if (info.Signal == SIGWINCH)
            {
                _resizeDue = true;
            }
            else if (info.Signal == SIGTSTP)
            {
                Suspend();
            }
            else if (_options.ProxySignals)
            {
                _signalsDue = _signalsDue.With(info.Signal);
            }
            else if (info.Signal != SIGCONT)
            {
                _result = new AttachResult(AttachOutcome.Interrupted, 128 + info.Signal, NameOf(info.Signal));
            }
        }
    }

    /// <summary>Someone stops us: the shell gets its terminal as it was, and we make it raw again when we go on.</summary>
    private void Suspend()
    {
        var raw = _terminal is { IsRaw: true };
        _terminal?.Restore();
        TrySend(Environment.ProcessId, SIGSTOP);
        if (raw)
        {
            _terminal!.EnterRaw();
        }

        _resizeDue = true;
    }

    /// <summary>Sends what is due as far as the socket takes it; poll(2) tells when there is room for the rest.</summary>
    private void SendDue()
    {
        while (_signalsDue.Bits != 0)
        {
            var signal = BitOperations.TrailingZeroCount(_signalsDue.Bits) + 1;
            *(int*)(_scratch + Frame.HeaderSize) = signal;
            if (!Send(FrameType.Signal, sizeof(int)))
            {
                return;
            }

            _signalsDue = _signalsDue.Without(signal);
        }

        if (_resizeDue && _terminal is not null && Terminal.TryGetSize(_terminal.Descriptor, out var size) == Errno.None)
        {
            *(WindowSize*)(_scratch + Frame.HeaderSize) = size;
            if (!Send(FrameType.Resize, sizeof(WindowSize)))
            {
                return;
            }
        }

        _resizeDue = false;
        if (_stdinFrame > 0)
        {
            if (UnixSockets.TrySend(_socket, _typed, _stdinFrame) == Errno.EAGAIN)
            {
                return;
            }

            _stdinFrame = 0;
        }

        if (_stdinCloseDue && !_stdinBusy && Send(FrameType.StdinClose, 0))
        {
            _stdinCloseDue = false;
        }
    }

    /// <summary>Sends a small frame whose payload is in place. False if there is no room now; a monitor that is gone is seen by reading.</summary>
    private bool Send(FrameType type, int payload)
        => UnixSockets.TrySend(_socket, _scratch, Frame.Seal(_scratch, type, payload)) != Errno.EAGAIN;
}
