using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>Who is at the other end of a unix socket: its ids when it connected (struct ucred).</summary>
public readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid);

/// <summary>
/// Unix sockets that keep message boundaries (SOCK_SEQPACKET): a send is taken whole or not at all (EAGAIN), and the
/// end of a connection is a receive of 0 bytes. Path sockets only, never abstract ones, which any container with the
/// host's network reaches (CVE-2020-15257).
/// </summary>
public static unsafe class UnixSockets
{
    private const int AF_UNIX = 1;
    private const int SOCK_STREAM = 1;
    private const int SOCK_SEQPACKET = 5;
    private const int SOL_SOCKET = 1;
    private const int SO_PEERCRED = 17;
    private const int SCM_RIGHTS = 1;
    private const int MSG_CTRUNC = 0x8;
    private const int MSG_TRUNC = 0x20;
    private const int MSG_DONTWAIT = 0x40;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int MSG_CMSG_CLOEXEC = 0x40000000;

    /// <summary>Length of sun_path, the terminator included.</summary>
    private const int PathSize = 108;
    private const int ControlHeader = 16;

    /// <summary>Most descriptors that one message may carry here; more are closed and the message refused.</summary>
    public const int MaxDescriptors = 4;

    public static (Fd Left, Fd Right) Pair()
    {
        var ends = stackalloc int[2];
        var result = Syscall.Invoke(Nr.socketpair, AF_UNIX, SOCK_SEQPACKET | OpenFlags.O_CLOEXEC, 0, (nint)ends);
        Syscall.Check(result, "create", "socket pair");
        return (new Fd(ends[0]), new Fd(ends[1]));
    }

    /// <summary>
    /// Makes a listening socket at a path, mode 0600, non-blocking. The path may be longer than the 107 bytes that a
    /// socket address holds. EADDRINUSE if something is there.
    /// </summary>
    public static Fd Listen(string path, int backlog = 16)
    {
        var socket = Create();
        try
        {
            // The mode of the unbound socket is the mode that bind(2) gives the file: no moment in which others can connect.
            Syscall.Check(Syscall.Invoke(Nr.fchmod, socket.Number, 0x180), "set mode of", path);
            Descriptors.SetNonBlocking(socket);
            WithAddress(path, socket, Nr.bind, "bind socket");
            Syscall.Check(Syscall.Invoke(Nr.listen, socket.Number, backlog), "listen on", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a path. ENOENT: nothing there; ECONNREFUSED: a leftover that nobody listens on.</summary>
    /// <param name="stream">SOCK_STREAM, as the sockets of other programs are that take a console or a pidfd.</param>
    public static Fd Connect(string path, bool stream = false)
    {
        var socket = Create(stream);
        try
        {
            WithAddress(path, socket, Nr.connect, "connect to");
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes a waiting connection; null if there is none (any more).</summary>
    public static Fd? TryAccept(Fd listening)
    {
        var result = Syscall.Retry(Nr.accept4, listening.Number, 0, 0, OpenFlags.O_CLOEXEC);
        return Syscall.ErrnoOf(result) switch
        {
            Errno.None => new Fd((int)result),
            Errno.EAGAIN or Errno.ECONNABORTED => null,
            var errno => throw new KernelException("accept on", listening.ProcPath, errno),
        };
    }

    public static PeerCredentials CredentialsOf(Fd socket)
    {
        var raw = stackalloc int[3];
        var size = 12;
        var result = Syscall.Invoke(Nr.getsockopt, socket.Number, SOL_SOCKET, SO_PEERCRED, (nint)raw, (nint)(&size));
        Syscall.Check(result, "read credentials of", "socket peer");
        return new PeerCredentials(raw[0], (uint)raw[1], (uint)raw[2]);
    }

    /// <summary>Sends one message without waiting and without SIGPIPE. EAGAIN: no room now; EPIPE: the peer is gone.</summary>
    public static Errno TrySend(Fd socket, byte* message, int length)
        => Syscall.ErrnoOf(Syscall.Retry(Nr.sendto, socket.Number, (nint)message, length, MSG_DONTWAIT | MSG_NOSIGNAL));

    /// <summary>Sends one message together with up to <see cref="MaxDescriptors"/> descriptors (SCM_RIGHTS).</summary>
    public static Errno TrySend(Fd socket, byte* message, int length, ReadOnlySpan<int> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MaxDescriptors);
        var control = stackalloc byte[ControlHeader + (MaxDescriptors * sizeof(int))];
        var controlLength = ControlHeader + (descriptors.Length * sizeof(int));
        *(nint*)control = controlLength;
        *(int*)(control + 8) = SOL_SOCKET;
        *(int*)(control + 12) = SCM_RIGHTS;
        descriptors.CopyTo(new Span<int>(control + ControlHeader, MaxDescriptors));
        var vector = stackalloc nint[2] { (nint)message, length };
        var header = Header(vector, control, (controlLength + 7) & ~7);
        if (descriptors.Length == 0)
        {
            header.Control = 0;
            header.ControlLength = 0;
        }

        return Syscall.ErrnoOf(Syscall.Retry(Nr.sendmsg, socket.Number, (nint)(&header), MSG_DONTWAIT | MSG_NOSIGNAL));
    }

    /// <summary>Receives one message without waiting, refusing descriptors. As <see cref="Receive(Fd, byte*, int, Span{int}, out int)"/>.</summary>
    public static int Receive(Fd socket, byte* buffer, int size) => Receive(socket, buffer, size, default, out _);

    /// <summary>
    /// Receives one message without waiting. Returns its length, 0 when the peer has closed, or -errno: -EAGAIN (nothing
    /// yet), -EMSGSIZE (longer than the buffer, or more descriptors than asked for; none is left open).
    /// </summary>
    /// <param name="descriptors">takes the received descriptors, close-on-exec; the caller closes them.</param>
    public static int Receive(Fd socket, byte* buffer, int size, Span<int> descriptors, out int received)
    {
        var control = stackalloc byte[ControlHeader + (MaxDescriptors * sizeof(int))];
        var vector = stackalloc nint[2] { (nint)buffer, size };
        var header = Header(vector, control, ControlHeader + (MaxDescriptors * sizeof(int)));
        received = 0;
        var count = (int)Syscall.Retry(Nr.recvmsg, socket.Number, (nint)(&header), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (count < 0)
        {
            return count;
        }

        var refused = (header.Flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
        if (header.ControlLength >= ControlHeader && *(int*)(control + 8) == SOL_SOCKET && *(int*)(control + 12) == SCM_RIGHTS)
        {
            var sent = new ReadOnlySpan<int>(control + ControlHeader, (int)(*(nint*)control - ControlHeader) / sizeof(int));
            refused |= sent.Length > descriptors.Length;
            foreach (var descriptor in sent)
            {
                if (refused)
                {
                    Syscall.Invoke(Nr.close, descriptor);
                }
                else
                {
                    descriptors[received++] = descriptor;
                }
            }
        }

        return refused ? -(int)Errno.EMSGSIZE : count;
    }

    private static Fd Create(bool stream = false)
        => new((int)Syscall.Check(Syscall.Invoke(Nr.socket, AF_UNIX, (stream ? SOCK_STREAM : SOCK_SEQPACKET) | OpenFlags.O_CLOEXEC, 0), "create", "unix socket"));

    private static MessageHeader Header(nint* vector, byte* control, int controlLength) => new()
    {
        Vectors = (nint)vector,
        VectorCount = 1,
        Control = (nint)control,
        ControlLength = controlLength,
    };

    /// <summary>bind(2) or connect(2) on a path; one that is too long is reached through its open directory.</summary>
    private static void WithAddress(string path, Fd socket, int call, string operation)
    {
        if (Encoding.UTF8.GetByteCount(path) < PathSize)
        {
            Apply(path, path, socket, call, operation);
            return;
        }

        var parent = Path.GetDirectoryName(path);
        using var directory = Files.Open(string.IsNullOrEmpty(parent) ? "." : parent, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        var shorter = $"{directory.ProcPath}/{Path.GetFileName(path)}";
        if (Encoding.UTF8.GetByteCount(shorter) >= PathSize)
        {
            throw new KernelException(operation, path, Errno.ENAMETOOLONG);
        }

        Apply(shorter, path, socket, call, operation);
    }

    private static void Apply(string address, string shown, Fd socket, int call, string operation)
    {
        var raw = stackalloc byte[2 + PathSize];
        new Span<byte>(raw, 2 + PathSize).Clear();
        *(ushort*)raw = AF_UNIX;
        var length = Encoding.UTF8.GetBytes(address, new Span<byte>(raw + 2, PathSize - 1));
        Syscall.Check(Syscall.Retry(call, socket.Number, (nint)raw, 2 + length + 1), operation, shown);
    }

    /// <summary>struct msghdr of 64-bit Linux, 56 bytes.</summary>
    internal struct MessageHeader
    {
        public nint Name;
        public nint NameLength;
        public nint Vectors;
        public nint VectorCount;
        public nint Control;
        public nint ControlLength;
        public long Flags;
    }
}
