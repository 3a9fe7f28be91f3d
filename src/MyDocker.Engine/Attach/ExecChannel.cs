using System.Runtime.InteropServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Attach;

/// <summary>One direction of one stream: what was read and not yet written is all that it holds, so a slow end slows the other.</summary>
internal sealed unsafe class ExecChannel : IDisposable
{
    private const int Size = 32 * 1024;

    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(Size);
    private readonly int _source;
    private readonly Fd _container;
    private readonly ClientOutput? _output;
    private readonly bool _isTerminal;
    private readonly DetachKeys? _keys;
    private int _start;
    private int _end;
    private bool _sourceOpen = true;
    private bool _targetOpen = true;

    private ExecChannel(int source, Fd container, ClientOutput? output, bool isTerminal, DetachKeys? keys = null)
        => (_source, _container, _output, _isTerminal, _keys) = (source, container, output, isTerminal, keys);

    public static PollFd NoSlot => new() { Descriptor = -1 };

    /// <summary>From a descriptor of the caller's into the container; its end is passed on, unless that is a terminal.</summary>
    /// <param name="keys">typed on a terminal, they are not passed on, and set <see cref="IsDetached"/>.</param>
    public static ExecChannel ToContainer(int source, Fd container, bool isTerminal = false, DetachKeys? keys = null)
    {
        Descriptors.SetNonBlocking(container);
        return new ExecChannel(source, container, null, isTerminal, keys);
    }

    public static ExecChannel FromContainer(Fd container, int target)
    {
        Descriptors.SetNonBlocking(container);
        return new ExecChannel(container.Number, container, new ClientOutput(target), isTerminal: false);
    }

    /// <summary>The detach keys were typed; what was typed before them is still to be written.</summary>
    public bool IsDetached => _keys is { Detected: true };

    /// <summary>What to wait for at source and target.</summary>
    public (PollFd Source, PollFd Target) Slots => (
        _sourceOpen && _targetOpen && _end == _start ? new PollFd { Descriptor = _source, Events = PollFd.POLLIN } : NoSlot,
        _targetOpen && _end > _start ? new PollFd { Descriptor = _output?.Descriptor ?? _container.Number, Events = PollFd.POLLOUT } : NoSlot);

    public void Move()
    {
        if (_end == _start && _sourceOpen)
        {
            var count = _keys is null ? Descriptors.Read(_source, _buffer, Size) : ReadTyped(_keys);
            _start = 0;
            _sourceOpen = count > 0 || count == -(int)Errno.EAGAIN;
            if (_keys is null)
            {
                _end = Math.Max(count, 0);
            }
        }

        Write();
        if (!_sourceOpen && _end == _start && _output is null && _targetOpen && !_isTerminal)
        {
            CloseTarget();
        }
    }

    /// <summary>The command has ended: what its pipe or terminal still holds, and no more, whoever else may write to it.</summary>
    public void Finish()
    {
        var poll = stackalloc PollFd[1];
        var left = Math.Max(Descriptors.BytesToRead(_container), 0) + (long)(_end - _start);
        while (_targetOpen && left > 0 && (_sourceOpen || _end > _start))
        {
            var before = _end - _start;
            Move();
            left -= Math.Max(before, 1);
            if (_end > _start)
            {
                *poll = new PollFd { Descriptor = _output!.Descriptor, Events = PollFd.POLLOUT };
                Descriptors.Poll(poll, 1, -1);
                left += _end - _start;
            }
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_buffer);
        _output?.Dispose();
        if (_targetOpen && !_isTerminal)
        {
            _container.Dispose();
        }
    }

    /// <summary>The front half of the buffer for what goes on, the back half for what was typed.</summary>
    private int ReadTyped(DetachKeys keys)
    {
        const int Most = (Size / 2) - DetachKeys.Margin;
        var typed = _buffer + Size - Most;
        var count = Descriptors.Read(_source, typed, Most);
        _end = count > 0 ? keys.Filter(typed, count, _buffer) : 0;
        return count;
    }

    private void Write()
    {
        while (_end > _start && _targetOpen)
        {
            var count = _output?.Write(_buffer + _start, _end - _start) ?? Descriptors.Write(_container.Number, _buffer + _start, _end - _start);
            if (count == -(int)Errno.EAGAIN)
            {
                return;
            }

            if (count < 0)
            {
                CloseTarget(); // nobody reads: the command gets SIGPIPE, as it would at the end of a pipe
                return;
            }

            _start += count;
        }
    }

    private void CloseTarget()
    {
        _targetOpen = false;
        _start = _end = 0;
        if (!_isTerminal)
        {
            _container.Dispose();
        }
    }
}
