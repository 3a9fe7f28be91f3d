using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>
/// The door at which a created container waits for its start: a datagram socket with a name. Its init holds the receiving
/// end, close-on-exec; whoever starts the container sends one message with a descriptor, on which init then reports a failure
/// to execute. Sending and asking need no listener that accepts, and a starter that is killed halfway leaves nothing half-open.
/// </summary>
public static unsafe class StartSocket
{
    private const int AF_UNIX = 1;
    private const int SOCK_DGRAM = 2;
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int PathSize = 108;

    /// <summary>Makes the socket in a directory; only its owner may send. EADDRINUSE: something of that name is there.</summary>
    public static Fd Bind(Fd directory, string name)
    {
        var socket = Create();
        try
        {
            Syscall.Check(Syscall.Invoke(Nr.fchmod, socket.Number, 0x180), "set mode of", name);
            Syscall.Check(Syscall.ErrnoOf(Apply(Nr.bind, socket, directory, name)) is var errno && errno == Errno.None ? 0 : -(int)errno, "bind socket", name);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether somebody waits behind the name. ENOENT: no such socket; ECONNREFUSED: nobody holds its other end any more, the
    /// command was executed or init is gone.
    /// </summary>
    public static Errno TryFind(Fd directory, string name)
    {
        using var socket = Create();
        return Syscall.ErrnoOf(Apply(Nr.connect, socket, directory, name));
    }

    /// <summary>Sends the start and the descriptor on which a failure is to be reported; null: an answer to what was reported there.</summary>
    public static Errno TrySend(Fd directory, string name, Fd? report)
    {
        using var socket = Create();
        var errno = Syscall.ErrnoOf(Apply(Nr.connect, socket, directory, name));
        if (errno != Errno.None)
        {
            return errno;
        }

        var message = (byte)'s';
        var control = stackalloc byte[24];
        *(nint*)control = 20;
        *(int*)(control + 8) = SOL_SOCKET;
        *(int*)(control + 12) = SCM_RIGHTS;
        *(int*)(control + 16) = report?.Number ?? -1;
        var vector = new IoVector { Base = &message, Length = 1 };
        var header = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = report is null ? null : control, ControlLength = report is null ? 0 : (nuint)24 };
        return Syscall.ErrnoOf(Syscall.Retry(Nr.sendmsg, socket.Number, (nint)(&header), MSG_NOSIGNAL));
    }

    private static Fd Create()
        => new((int)Syscall.Check(Syscall.Invoke(Nr.socket, AF_UNIX, SOCK_DGRAM | OpenFlags.O_CLOEXEC, 0), "create", "unix socket"));

    /// <summary>bind(2) or connect(2) by the directory's descriptor: a path of any length, and nobody can swap what leads to it.</summary>
    private static nint Apply(int call, Fd socket, Fd directory, string name)
    {
        var raw = stackalloc byte[2 + PathSize];
        new Span<byte>(raw, 2 + PathSize).Clear();
        *(ushort*)raw = AF_UNIX;
        var length = Encoding.UTF8.GetBytes($"{directory.ProcPath}/{name}", new Span<byte>(raw + 2, PathSize - 1));
        return Syscall.Retry(call, socket.Number, (nint)raw, 2 + length + 1);
    }
}
