using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Attach;

/// <summary>The side of the attached command lines: what they send. Nothing they send is trusted to be well formed.</summary>
public sealed unsafe partial class ContainerIo
{
    private void OnConnection()
    {
        if (UnixSockets.TryAccept(_listening!) is not { } socket)
        {
            return;
        }

        var peer = UnixSockets.CredentialsOf(socket).Uid;
        var own = (uint)Syscall.Invoke(Nr.geteuid);
        if (Clients.Count >= MaxClients || (peer != 0 && peer != own))
        {
            socket.Dispose();
            return;
        }

        Attach(socket, ClientPolicy.Bounded);
    }

    private void OnClient(AttachedClient client, uint events)
    {
        if ((events & EpollEvents.EPOLLOUT) != 0)
        {
            client.Flush();
            AfterRelease();
        }

        if ((events & ~EpollEvents.EPOLLOUT) != 0 && !_disposed)
        {
            Receive(client);
        }
    }

    /// <summary>A client took the chunk or is gone: go on reading if that was the last one to wait for.</summary>
    private void AfterRelease()
    {
        if (HeldLength > 0)
        {
            ReleaseOutput();
        }

        if (_exitCode is not null || _lastWordDue || _runEndDue)
        {
            Drain();
        }
        else
        {
            UpdateInterest();
        }
    }

    private void Receive(AttachedClient client)
    {
        Span<int> descriptors = stackalloc int[1];
        var count = UnixSockets.Receive(client.Socket, _received, Frame.MaxSize, descriptors, out var passed);
        var descriptor = passed == 1 ? new Fd(descriptors[0]) : null;
        if (count is -(int)Errno.EAGAIN or -(int)Errno.ECONNRESET)
        {
            return; // ECONNRESET: it closed without reading all; what it sent and its end are still to be read
        }

        if (count <= 0 || !Frame.TryOpen(_received, count, out var type, out var length))
        {
            descriptor?.Dispose();
            Drop(client, farewell: false);
        }
        else if (type == FrameType.Bye)
        {
            descriptor?.Dispose();
            Drop(client, farewell: true);
        }
        else if (!TryHandle(client, type, _received + Frame.HeaderSize, length, descriptor))
        {
            Drop(client, farewell: false);
        }
    }

    /// <summary>Obeys one frame. False if it breaks the protocol.</summary>
    private bool TryHandle(AttachedClient client, FrameType type, byte* payload, int length, Fd? descriptor)
    {
        if (type == FrameType.Hello)
        {
            if (length != sizeof(HelloPayload) || !client.Greet(*(HelloPayload*)payload, descriptor))
            {
                descriptor?.Dispose();
                return false;
            }

            if ((((HelloPayload*)payload)->Flags & HelloFlags.Size) != 0)
            {
                Resize(((HelloPayload*)payload)->Size);
            }

            return true;
        }

        descriptor?.Dispose();
        switch (type)
        {
            case FrameType.Stdin when client.WantsStdin && !client.HasInput:
                _input.Take(client, payload, length);
                return true;
            case FrameType.StdinClose when client.WantsStdin:
                if (_closeInputWithClient)
                {
                    _input.Close();
                }

                return true;
            case FrameType.Resize when length == sizeof(WindowSize):
                Resize(*(WindowSize*)payload);
                return true;
            case FrameType.Signal when length == sizeof(int) && *(int*)payload is >= 1 and <= Signals.SIGRTMAX:
                SignalRequested?.Invoke(*(int*)payload);
                return true;
            case FrameType.Reload:
                ReloadRequested?.Invoke();
                return true;
            default:
                return false;
        }
    }

    private void Resize(WindowSize size)
    {
        RequestedSize = size;
        foreach (var source in _sources)
        {
            if (source.IsTerminal && source.IsOpen)
            {
                Terminal.TrySetSize(source.Descriptor.Number, size);
            }
        }
    }

    private void Drop(AttachedClient client, bool farewell)
    {
        Loop.Remove(client.Socket);
        Clients.Remove(client);
        var gaveInput = client.WantsStdin;
        client.Close(farewell);
        if (_input.IsOpen)
        {
            _input.Forget();
            if (gaveInput && _closeInputWithClient && !_sources.Exists(source => source.IsTerminal))
            {
                _input.Close();
            }
        }

        AfterRelease();
        ClientGone?.Invoke(client, farewell);
    }
}
