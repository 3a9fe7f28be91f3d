using System.Text;
using MyDocker.Engine.Attach;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Tests;

/// <summary>A monitor on a thread of its own: a shell as the container, wired through <see cref="ContainerIo"/>.</summary>
internal sealed class AttachMonitor : IDisposable
{
    private readonly Fd _monitorSocket;
    private readonly string _script;
    private readonly bool _input;
    private readonly bool _terminal;
    private readonly ClientPolicy _policy;
    private readonly Thread _thread;
    private readonly (Fd Read, Fd Write) _stop = Descriptors.Pipe();
    private Exception? _failure;
    private long _logged;

    public AttachMonitor(string script, bool input = false, bool terminal = false, ClientPolicy policy = ClientPolicy.Lossless)
    {
        (ClientSocket, _monitorSocket) = UnixSockets.Pair();
        (_script, _input, _terminal, _policy) = (script, input, terminal, policy);
        _thread = new Thread(Guarded) { IsBackground = true };
        _thread.Start();
    }

    public Fd ClientSocket { get; }

    /// <summary>The shell's process id; set once it runs.</summary>
    public TaskCompletionSource<int> Process { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Drained { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True: the client said good-bye.</summary>
    public TaskCompletionSource<bool> ClientLeft { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MemoryStream Log { get; } = new();

    public long Logged => Interlocked.Read(ref _logged);

    public bool KeepLog { get; init; } = true;

    public void Dispose()
    {
        ClientSocket.Dispose();
        Files.TryWrite(_stop.Write, "x"u8);
        var ended = _thread.Join(30_000);
        _stop.Write.Dispose();
        _stop.Read.Dispose();
        Assert.True(ended, "the monitor did not stop");
        Assert.Null(_failure);
    }

    private void Guarded()
    {
        try
        {
            Run();
        }
        catch (Exception e)
        {
            _failure = e;
            _monitorSocket.Dispose();
        }
    }

    private void Run()
    {
        using var loop = new EventLoop();
        using var io = new ContainerIo(loop, Sink);
        loop.Add(_stop.Read, EpollEvents.EPOLLIN, _ => loop.Stop());
        var pid = 0;
        io.SignalRequested = signal => Signals.TrySend(pid, signal);
        io.ClientGone = (_, farewell) => ClientLeft.TrySetResult(farewell);
        io.Drained = () => Drained.TrySetResult();
        io.Attach(_monitorSocket, _policy);
        pid = _terminal ? StartWithTerminal(io) : StartWithPipes(io);
        using var process = PidFd.Open(pid);
        var ended = false;
        loop.Add(process.Fd, EpollEvents.EPOLLIN, _ =>
        {
            loop.Remove(process.Fd);
            ended = true;
            io.ReportExited(process.Wait().ShellCode);
        });
        io.ReportStarted();
        Process.TrySetResult(pid);
        loop.Run();
        if (!ended)
        {
            process.TrySend(Signals.SIGKILL);
            process.Wait();
        }
    }

    private int StartWithPipes(ContainerIo io)
    {
        using var ends = io.OpenPipes(_input);
        using var nothing = Files.Open("/dev/null", OpenFlags.O_RDONLY);
        return Spawn.Start(new SpawnRequest("/bin/bash", ["bash", "-c", _script])
        {
            Descriptors = [new((ends.Stdin ?? nothing).Number, 0), new(ends.Stdout.Number, 1), new(ends.Stderr.Number, 2)],
        });
    }

    private int StartWithTerminal(ContainerIo io)
    {
        var master = Terminal.OpenMaster();
        Assert.Equal(Errno.None, Terminal.TryOpenPeer(master, out var peer));
        using (peer)
        {
            io.UseTerminal(master);
            return Spawn.Start(new SpawnRequest("/usr/bin/setsid", ["setsid", "-c", "bash", "-c", _script])
            {
                Descriptors = [new(peer!.Number, 0), new(peer.Number, 1), new(peer.Number, 2)],
            });
        }
    }

    private void Sink(OutputStream stream, ReadOnlySpan<byte> chunk)
    {
        Interlocked.Add(ref _logged, chunk.Length);
        if (KeepLog)
        {
            Log.Write(chunk);
        }
    }
}

/// <summary>An attach client inside the test process, on a thread, its standard streams pipes of ours.</summary>
internal sealed class InProcessClient : IDisposable
{
    private readonly Fd _theirStdin;
    private readonly Fd _theirStdout;
    private readonly Fd _theirStderr;

    public InProcessClient(Fd socket, bool input = false)
    {
        (_theirStdin, Stdin) = Descriptors.Pipe();
        (Stdout, _theirStdout) = Descriptors.Pipe();
        (Stderr, _theirStderr) = Descriptors.Pipe();
        Result = Task.Factory.StartNew(() => Run(socket, input), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Fd Stdin { get; }

    public Fd Stdout { get; }

    public Fd Stderr { get; }

    public Task<AttachResult> Result { get; }

    public static string ReadAll(Fd fd)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[65536];
        for (int count; (count = Files.Read(fd, buffer)) > 0;)
        {
            bytes.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    public void Dispose()
    {
        foreach (var fd in (Fd[])[Stdin, Stdout, Stderr, _theirStdin])
        {
            fd.Dispose();
        }
    }

    private AttachResult Run(Fd socket, bool input)
    {
        try
        {
            using var client = new AttachClient(socket, new AttachOptions
            {
                Interactive = input,
                StdinDescriptor = _theirStdin.Number,
                StdoutDescriptor = _theirStdout.Number,
                StderrDescriptor = _theirStderr.Number,
            });
            client.SendHello();
            return client.Run();
        }
        finally
        {
            _theirStdout.Dispose();
            _theirStderr.Dispose();
        }
    }
}
