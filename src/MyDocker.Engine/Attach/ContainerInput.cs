using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Attach;

/// <summary>The monitor's end of a container's standard input: a pipe, or the master of its terminal.</summary>
internal sealed unsafe class ContainerInput(ContainerIo io)
{
    private Fd? _target;
    private bool _isTerminal;
    private bool _closing;
    private byte _last = (byte)'\n';

    /// <summary>Some input waits for room in the container's pipe or terminal.</summary>
    public bool HasBacklog { get; private set; }

    public bool IsOpen => _target is not null;

    public void Open(Fd target, bool isTerminal)
    {
        _target = target;
        _isTerminal = isTerminal;
        if (!isTerminal)
        {
            io.Loop.Add(target, 0, _ => OnRoom());
        }
    }

    /// <summary>One frame of a client. It is answered once it is written out.</summary>
    public void Take(AttachedClient client, byte* data, int length)
    {
        if (_target is null || _closing)
        {
            client.TellStdinClosed();
            return;
        }

        if (length == 0)
        {
            client.TellStdinReady();
            return;
        }

        _last = data[length - 1];
        var written = HasBacklog ? 0 : Descriptors.Write(_target.Number, data, length);
        if (written == length)
        {
            client.TellStdinReady();
        }
        else if (written >= 0 || written == -(int)Errno.EAGAIN)
        {
            written = Math.Max(written, 0);
            client.KeepInput(data + written, length - written);
            SetBacklog(true);
        }
        else
        {
            Shut();
        }
    }

    /// <summary>Writes what clients left here, the first one to the end before the next.</summary>
    public void OnRoom()
    {
        for (var i = 0; _target is not null && i < io.Clients.Count; i++)
        {
            var client = io.Clients[i];
            if (!client.HasInput)
            {
                continue;
            }

            var errno = client.WriteInput(_target);
            if (errno == Errno.EAGAIN)
            {
                return;
            }

            if (errno != Errno.None)
            {
                Shut();
                return;
            }

            client.TellStdinReady();
        }

        SetBacklog(false);
        if (_closing)
        {
            Finish();
        }
    }

    /// <summary>End of the input, once what is underway has been written.</summary>
    public void Close()
    {
        _closing |= IsOpen && !_isTerminal;
        if (!HasBacklog)
        {
            Finish();
        }
        else if (_isTerminal)
        {
            _closing = true;
        }
    }

    /// <summary>A client is gone, and with it what it had not got through.</summary>
    public void Forget() => OnRoom();

    /// <summary>Nobody reads any more (EPIPE, EIO), or the container has ended.</summary>
    public void Shut()
    {
        if (_target is null)
        {
            return;
        }

        if (!_isTerminal)
        {
            io.Loop.Remove(_target);
            _target.Dispose();
        }

        _target = null;
        _closing = false;
        HasBacklog = false;
        foreach (var client in io.Clients)
        {
            client.FreeInput();
            if (client.WantsStdin)
            {
                client.TellStdinClosed();
            }
        }
    }

    private void Finish()
    {
        if (!_isTerminal)
        {
            Shut();
            return;
        }

        // A terminal cannot be half closed. Its end-of-file character does for whoever reads lines; after an unfinished
        // line the first one only ends the line. It stays open: other clients and later readers go on.
        _closing = false;
        if (_target is not null && Terminal.TryGetModes(_target.Number, out var modes) == Errno.None && modes.IsCanonical)
        {
            var end = stackalloc byte[2];
            end[0] = end[1] = modes.Characters[Termios.VEOF];
            Descriptors.Write(_target.Number, end, _last == (byte)'\n' ? 1 : 2);
        }
    }

    private void SetBacklog(bool backlog)
    {
        HasBacklog = backlog;
        if (_target is not null && !_isTerminal)
        {
            io.Loop.Modify(_target, backlog ? EpollEvents.EPOLLOUT : 0);
        }

        io.UpdateInterest();
    }
}
