using System.Runtime.InteropServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Attach;

/// <summary>
/// Standard input and output of one start of a container, in its monitor: between the container's pipes or terminal, a
/// log, and any number of attached command lines. All on the monitor's one thread and loop, with two buffers of 64 KiB.
/// <code>
/// 1. Attach (the command that runs it), Listen (others)   2. OpenPipes or UseTerminal   3. start the container
/// 4. ReportStarted or ReportFailed   5. ReportExited: the rest of the output, then "exited", then Drained
/// </code>
/// </summary>
public sealed unsafe partial class ContainerIo : IDisposable
{
    private const int MaxClients = 64;

    private readonly OutputSink? _sink;
    private readonly bool _closeInputWithClient;
    private readonly byte* _output = (byte*)NativeMemory.Alloc(Frame.MaxSize);
    private readonly byte* _received = (byte*)NativeMemory.Alloc(Frame.MaxSize);
    private readonly List<OutputSource> _sources = [];
    private readonly ContainerInput _input;
    private Fd? _listening;
    private bool _started;
    private bool _ending;
    private int? _exitCode;
    private bool _lastWordDue;
    private bool _runEndDue;
    private string _exitMessage = "";
    private bool _disposed;

    /// <param name="sink">gets all output; null for none.</param>
    /// <param name="closeInputWithClient">whether the container's input ends with a client that gave it (docker's
    /// StdinOnce: run -i), and not only with the container.</param>
    public ContainerIo(EventLoop loop, OutputSink? sink = null, bool closeInputWithClient = true)
    {
        Loop = loop;
        _sink = sink;
        _closeInputWithClient = closeInputWithClient;
        _input = new ContainerInput(this);
    }

    /// <summary>A client asks for a signal (1–64) to be sent to the container; also before it is started.</summary>
    public Action<int>? SignalRequested { get; set; }

    /// <summary>A client says that what is on disk about the container has changed.</summary>
    public Action? ReloadRequested { get; set; }

    /// <summary>After <see cref="ReportRunEnded"/>: all output of that run is with sink and clients, and another may begin.</summary>
    public Action? RunDrained { get; set; }

    /// <summary>A client is gone; true: it said so (detached, or had its result), false: it was killed or broke off.</summary>
    public Action<AttachedClient, bool>? ClientGone { get; set; }

    /// <summary>The container has ended, its output is with sink and clients, and the exit code too with each lossless one.</summary>
    public Action? Drained { get; set; }

    /// <summary>The size that a client's terminal had last; null if none told.</summary>
    public WindowSize? RequestedSize { get; private set; }

    public int ClientCount => Clients.Count;

    internal EventLoop Loop { get; }

    internal List<AttachedClient> Clients { get; } = [];

    /// <summary>The chunk of output that some lossless client has not taken yet; meanwhile nothing more is read.</summary>
    internal byte* HeldFrame => _output;

    internal int HeldLength { get; private set; }

    /// <summary>Makes the pipes of a container without a terminal. Returns the container's ends.</summary>
    public ContainerEnds OpenPipes(bool withInput)
    {
        Fd? stdin = null;
        if (withInput)
        {
            (stdin, var ours) = Descriptors.Pipe();
            Descriptors.SetNonBlocking(ours);
            _input.Open(ours, isTerminal: false);
        }

        return new ContainerEnds(stdin, OpenOutput(OutputStream.Stdout), OpenOutput(OutputStream.Stderr));
    }

    /// <summary>Takes over the master of the container's terminal, and gives it the size that a client asked for.</summary>
    public void UseTerminal(Fd master)
    {
        Descriptors.SetNonBlocking(master);
        var errno = Terminal.TryOpenPeer(master, out var peer);
        if (errno != Errno.None)
        {
            throw new KernelException("open", "the container's terminal", errno);
        }

        if (RequestedSize is { } size)
        {
            Terminal.TrySetSize(master.Number, size);
        }

        AddSource(new OutputSource(OutputStream.Stdout, master, peer));
        _input.Open(master, isTerminal: true);
    }

    /// <summary>Adds a connected client; what it sent already is read when the loop runs.</summary>
    public AttachedClient Attach(Fd socket, ClientPolicy policy)
    {
        var client = new AttachedClient(this, socket, policy);
        Clients.Add(client);
        Loop.Add(socket, EpollEvents.EPOLLIN, events => OnClient(client, events));
        if (_lostStreams is not null)
        {
            client.TellWarning(_lostStreams);
        }

        if (_started)
        {
            client.TellStarted();
        }

        return client;
    }

    /// <summary>Accepts bounded clients from a listening socket: those of our own user and of root.</summary>
    public void Listen(Fd listening)
    {
        _listening = listening;
        Loop.Add(listening, EpollEvents.EPOLLIN, _ => OnConnection());
    }

    /// <summary>The container's process runs.</summary>
    public void ReportStarted()
    {
        _started = true;
        for (var i = Clients.Count - 1; i >= 0; i--)
        {
            Clients[i].TellStarted();
        }
    }

    /// <summary>Says something to each client before the start. Their sockets are still empty: nothing has to be queued.</summary>
    public void ReportWarning(string line)
    {
        foreach (var client in Clients)
        {
            client.TellWarning(line);
        }
    }

    /// <summary>The container could not be started; the last word to each client.</summary>
    public void ReportFailed(string message, int exitCode)
    {
        _ending = true;
        _input.Shut();
        Tell(FrameType.Failed, exitCode, message);
    }

    /// <summary>
    /// The container's init has ended and its pid namespace with it. What its pipes or terminal still hold is
    /// delivered, then the exit code. Waits for lossless clients, but for no writer.
    /// </summary>
    /// <param name="message">why, where that is worth a line for who is attached.</param>
    public void ReportExited(int exitCode, string message = "")
    {
        _exitCode = exitCode;
        _exitMessage = message;
        _ending = true;
        _input.Shut();
        foreach (var source in _sources)
        {
            source.BeginEnd();
        }

        Drain();
    }

    /// <summary>
    /// The container's init has ended and will be started again: clients stay. Pipes or a terminal for the next run are made
    /// after <see cref="RunDrained"/>.
    /// </summary>
    public void ReportRunEnded()
    {
        _runEndDue = true;
        _ending = true;
        _input.Shut();
        foreach (var source in _sources)
        {
            source.BeginEnd();
        }

        Drain();
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _input.Shut();
        CloseSources();
        foreach (var client in Clients)
        {
            Loop.Remove(client.Socket);
            client.Close(farewell: false);
        }

        Clients.Clear();
        if (_listening is not null)
        {
            Loop.Remove(_listening);
            _listening.Dispose();
        }

        NativeMemory.Free(_output);
        NativeMemory.Free(_received);
    }

    /// <summary>Tells the loop what to wait for: output only while nobody holds it up.</summary>
    internal void UpdateInterest()
    {
        foreach (var source in _sources)
        {
            if (source.IsOpen)
            {
                var read = HeldLength == 0 && !_ending ? EpollEvents.EPOLLIN : 0;
                Loop.Modify(source.Descriptor, source.IsTerminal && _input.HasBacklog ? read | EpollEvents.EPOLLOUT : read);
            }
        }
    }

    private Fd OpenOutput(OutputStream stream)
    {
        var (ours, theirs) = Descriptors.Pipe();
        Descriptors.SetNonBlocking(ours);
        AddSource(new OutputSource(stream, ours, null));
        return theirs;
    }

    private void AddSource(OutputSource source)
    {
        _sources.Add(source);
        Loop.Add(source.Descriptor, EpollEvents.EPOLLIN, events => OnSource(source, events));
    }

    private void OnSource(OutputSource source, uint events)
    {
        if (source.IsTerminal && (events & EpollEvents.EPOLLOUT) != 0)
        {
            _input.OnRoom();
        }

        if (HeldLength == 0 && !_ending && (events & ~EpollEvents.EPOLLOUT) != 0)
        {
            Pump(source);
            UpdateInterest();
        }
    }

    /// <summary>Takes one chunk from a source to everybody.</summary>
    private void Pump(OutputSource source)
    {
        var count = source.Read(_output + Frame.HeaderSize, Frame.MaxPayload);
        if (count > 0)
        {
            Publish(source.Stream, count);
        }
        else if (!source.IsOpen)
        {
            CloseSource(source);
        }
    }

    private void Publish(OutputStream stream, int count)
    {
        _sink?.Invoke(stream, new ReadOnlySpan<byte>(_output + Frame.HeaderSize, count));
        HeldLength = Frame.Seal(_output, stream == OutputStream.Stdout ? FrameType.Stdout : FrameType.Stderr, count);
        for (var i = Clients.Count - 1; i >= 0; i--)
        {
            Clients[i].Offer(stream, _output, HeldLength);
        }

        ReleaseOutput();
    }

    private void ReleaseOutput()
    {
        foreach (var client in Clients)
        {
            if (client.HoldsOutput)
            {
                return;
            }
        }

        HeldLength = 0;
    }

    /// <summary>After the container's end: everything that is left, as far as clients take it, then the exit code.</summary>
    private void Drain()
    {
        while (HeldLength == 0 && _sources.Count > 0)
        {
            var source = _sources[^1];
            Pump(source);
        }

        UpdateInterest();
        if (HeldLength == 0 && _runEndDue)
        {
            _runEndDue = _ending = false;
            RunDrained?.Invoke();
            return;
        }

        if (HeldLength == 0 && _exitCode is { } code)
        {
            _exitCode = null;
            Tell(FrameType.Exited, code, _exitMessage);
            _lastWordDue = true;
        }

        // A socket full of output has no room for the last word: who waits for it loses the exit code if we end now.
        if (_lastWordDue && !Clients.Exists(client => client.IsOwedLastWord))
        {
            _lastWordDue = false;
            Drained?.Invoke();
        }
    }

    private void Tell(FrameType type, int code, string message)
    {
        for (var i = Clients.Count - 1; i >= 0; i--)
        {
            Clients[i].TellEnd(type, code, message);
        }
    }

    private void CloseSource(OutputSource source)
    {
        _sources.Remove(source);
        if (source.IsTerminal)
        {
            _input.Shut();
        }

        Loop.Remove(source.Descriptor);
        source.Close();
        _sink?.Invoke(source.Stream, []); // the last line may have no end
    }

    private void CloseSources()
    {
        while (_sources.Count > 0)
        {
            CloseSource(_sources[^1]);
        }
    }
}
