using System.Text;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>
/// One <c>criu swrk</c>: a CRIU that takes one request over a socket (criu(8), "swrk" and RPC) and asks back by notifications.
/// It finds the descriptors that a request names in this process's /proc/PID/fd.
/// </summary>
internal sealed unsafe class CriuWorker : IDisposable
{
    public const int FirstInherited = 4;
    private const int Socket = 3;
    private const int LargestMessage = 64 * 1024;

    private readonly Fd _socket;
    private readonly Fd _output;
    private PidFd? _process;

    private CriuWorker(int pid, Fd socket, Fd output) => (Pid, _process, _socket, _output) = (pid, PidFd.Open(pid), socket, output);

    public int Pid { get; }

    /// <summary>Starts one.</summary>
    /// <param name="inherited">descriptors that it has from <see cref="FirstInherited"/> on.</param>
    /// <param name="hasStreams">its standard streams are this process's, for what is restored; else they are kept for errors.</param>
    public static CriuWorker Start(IReadOnlyList<Fd>? inherited = null, bool hasStreams = false)
    {
        var program = HostProgram.Find("criu") ?? throw new ContainerException("checkpoint and restore are the work of criu(8), which is not in $PATH: install it (Debian: criu)");
        var (own, its) = UnixSockets.Pair();
        var output = MemoryFile.Create("criu");
        using (its)
        {
            List<FdMapping> descriptors = [new(its.Number, Socket)];
            for (var i = 0; i < (inherited?.Count ?? 0); i++)
            {
                descriptors.Add(new FdMapping(inherited![i].Number, FirstInherited + i));
            }

            if (!hasStreams)
            {
                descriptors.AddRange([new(output.Number, 1), new(output.Number, 2)]);
            }

            return new CriuWorker(Spawn.Start(new SpawnRequest(program, ["criu", "swrk", "3"]) { Descriptors = descriptors }), own, output);
        }
    }

    /// <summary>A request that CRIU answers at once.</summary>
    public static CriuResponse Ask(ProtobufWriter request)
    {
        using var worker = Start();
        return worker.Run(request, (_, _) => { });
    }

    /// <summary>Sends a request and takes notifications until the answer comes.</summary>
    /// <param name="notified">takes each, with the descriptor that came with it, if one did; what it throws ends CRIU's work.</param>
    /// <exception cref="ContainerException">CRIU refuses, fails, or ends without an answer.</exception>
    public CriuResponse Run(ProtobufWriter request, Action<CriuResponse, Fd?> notified)
    {
        Send(request);
        while (true)
        {
            var response = Receive(out var descriptor);
            using (descriptor)
            {
                if (response.Type != CriuRequestType.Notify || !response.Success)
                {
                    return response.Success ? response : throw new ContainerException(Explain(response));
                }

                RuntimeLog.Debug($"criu: {response.Script}");
                try
                {
                    notified(response, descriptor);
                }
                catch
                {
                    Send(CriuRequest.Answer(success: false));
                    throw;
                }
            }

            Send(CriuRequest.Answer(success: true));
        }
    }

    /// <summary>
    /// Waits until it has ended, or ends it: a restore that has failed can wait for ever for processes that it traces. Its exit code
    /// says nothing that its answer has not said.
    /// </summary>
    public void Dispose()
    {
        const int Patience = 10_000;
        _socket.Dispose();
        if (_process is { } process)
        {
            if (!process.WaitForEnd(Patience))
            {
                process.TrySend(Signals.SIGKILL);
            }

            process.Wait();
            process.Dispose();
            _process = null;
        }

        _output.Dispose();
    }

    private static string Explain(CriuResponse response)
        => $"criu failed: type {response.Type.ToString().ToUpperInvariant()}"
            + (response.Errno > 0 ? $": {((Errno)response.Errno).Describe()}" : "");

    private void Send(ProtobufWriter message)
    {
        fixed (byte* bytes = message.Bytes)
        {
            var errno = UnixSockets.TrySend(_socket, bytes, message.Bytes.Length);
            if (errno is not (Errno.None or Errno.EPIPE))
            {
                throw new KernelException("send request to", "criu", errno); // EPIPE: the next receive tells why
            }
        }
    }

    private CriuResponse Receive(out Fd? descriptor)
    {
        var poll = new PollFd { Descriptor = _socket.Number, Events = PollFd.POLLIN };
        while (Descriptors.Poll(&poll, 1, -1) <= 0)
        {
        }

        var buffer = new byte[LargestMessage];
        Span<int> descriptors = stackalloc int[1];
        int length, count;
        fixed (byte* bytes = buffer)
        {
            length = UnixSockets.Receive(_socket, bytes, LargestMessage, descriptors, out count);
        }

        descriptor = count > 0 ? new Fd(descriptors[0]) : null;
        if (length > 0)
        {
            return CriuResponse.Read(buffer.AsSpan(0, length));
        }

        var exit = _process!.Wait();
        _process.Dispose();
        _process = null;
        var said = Encoding.UTF8.GetString(MemoryFile.Content(_output)).Trim();
        throw new ContainerException($"criu has ended ({(exit.Signal != 0 ? Signals.NameOf(exit.Signal) : $"exit code {exit.ExitCode}")}) without an answer: does it work on this kernel? See criu check{(said.Length == 0 ? "" : $"; it said: {said}")}");
    }
}
