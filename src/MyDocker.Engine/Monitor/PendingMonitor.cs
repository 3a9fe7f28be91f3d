using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Monitor;

/// <summary>
/// A monitor whose process is there and which waits for its container: it loads while the command still checks and makes things. If
/// nothing comes of it the monitor is ended with <see cref="Dispose"/>, or by itself when the command is killed, and has touched nothing.
/// </summary>
internal sealed unsafe class PendingMonitor : IDisposable
{
    /// <summary>The message that the journal comes with.</summary>
    private const byte Begin = (byte)'b';

    private bool _isHandedOver;

    /// <param name="adopts">the container runs already; its monitor is gone.</param>
    /// <exception cref="EngineException">there is no program for it beside ours.</exception>
    /// <exception cref="KernelException">it could not be started.</exception>
    public PendingMonitor(EngineRoots roots, string id, bool adopts = false)
    {
        var (own, theirs) = UnixSockets.Pair();
        using (theirs)
        {
            try
            {
                Pid = MonitorProcess.Start(roots, id, theirs, adopts);
            }
            catch
            {
                own.Dispose();
                throw;
            }
        }

        Socket = own;
    }

    public int Pid { get; }

    /// <summary>To be attached to; what is sent before <see cref="HandOver"/> is lost.</summary>
    public Fd Socket { get; }

    /// <summary>Lets it begin: it waits for a hello next (<see cref="Attach.AttachClient.SendHello"/>). It shares the journal's lock with the caller, who closes its own descriptor when it may have it alone.</summary>
    /// <exception cref="KernelException">EPIPE: it was killed meanwhile. The journal is still the caller's.</exception>
    public void HandOver(ResourceJournal journal)
    {
        var message = Begin;
        var errno = UnixSockets.TrySend(Socket, &message, 1, [journal.File.Number]);
        if (errno != Errno.None)
        {
            throw new KernelException("hand the container over to", $"its monitor (process {Pid})", errno);
        }

        _isHandedOver = true;
    }

    /// <summary>The monitor's side: waits for the journal. Null: the command has ended, or thought better of it.</summary>
    public static Fd? TakeOver(Fd socket)
    {
        var poll = new PollFd { Descriptor = socket.Number, Events = PollFd.POLLIN };
        Descriptors.Poll(&poll, 1, -1);
        byte message;
        Span<int> descriptors = stackalloc int[1];
        return UnixSockets.Receive(socket, &message, 1, descriptors, out var received) == 1 && message == Begin && received == 1 ? new Fd(descriptors[0]) : null;
    }

    public void Dispose()
    {
        Socket.Dispose();
        if (!_isHandedOver)
        {
            Children.KillAndReap(Pid);
        }
    }
}
