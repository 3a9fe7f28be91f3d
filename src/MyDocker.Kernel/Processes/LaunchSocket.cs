using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>
/// The parent's side of the socket pair between a launcher and its cloned child: blocking, one byte a message, with as many
/// descriptors as the kernel takes at once (SCM_MAX_FD, 253).
/// </summary>
public static unsafe class LaunchSocket
{
    private const int AF_UNIX = 1;
    private const int SOCK_STREAM = 1;
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int MSG_CMSG_CLOEXEC = 0x40000000;
    private const int ControlHeader = 16;

    public static (Fd Parent, Fd Child) NewPair()
    {
        var pair = stackalloc int[2];
        Syscall.Check(Syscall.Invoke(Nr.socketpair, AF_UNIX, SOCK_STREAM | OpenFlags.O_CLOEXEC, 0, (nint)pair), "create", "socket pair");
        return (new Fd(pair[0]), new Fd(pair[1]));
    }

    /// <summary>Sends one byte and copies of descriptors. EPIPE: the child is gone.</summary>
    public static Errno TrySend(Fd socket, byte message, ReadOnlySpan<int> descriptors)
    {
        var space = (ControlHeader + (descriptors.Length * sizeof(int)) + 7) & ~7;
        var control = stackalloc byte[space];
        *(nint*)control = ControlHeader + (descriptors.Length * sizeof(int));
        *(int*)(control + 8) = SOL_SOCKET;
        *(int*)(control + 12) = SCM_RIGHTS;
        descriptors.CopyTo(new Span<int>(control + ControlHeader, descriptors.Length));
        var vector = new IoVector { Base = &message, Length = 1 };
        var header = new MessageHeader { Vectors = &vector, VectorCount = 1 };
        if (descriptors.Length > 0)
        {
            header.Control = control;
            header.ControlLength = (nuint)space;
        }

        return Syscall.ErrnoOf(Syscall.Retry(Nr.sendmsg, socket.Number, (nint)(&header), MSG_NOSIGNAL));
    }

    /// <summary>SO_PASSCRED: messages come with the pid of who sent them, as this process sees it (unix(7)).</summary>
    public static void PassCredentials(Fd socket, bool enable)
    {
        const int SO_PASSCRED = 16;
        var value = enable ? 1 : 0;
        Syscall.Check(Syscall.Invoke(Nr.setsockopt, socket.Number, SOL_SOCKET, SO_PASSCRED, (nint)(&value), sizeof(int)), "set option of", "socket pair");
    }

    /// <summary>Waits for one byte and tells the pid of its sender, for which <see cref="PassCredentials"/> must be on; -1 if the child is gone instead.</summary>
    public static int ReceiveSender(Fd socket)
    {
        const int SCM_CREDENTIALS = 2, SizeOfCredentials = 12;
        byte message;
        var control = stackalloc byte[ControlHeader + SizeOfCredentials + 4];
        var vector = new IoVector { Base = &message, Length = 1 };
        var header = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlHeader + SizeOfCredentials + 4 };
        var count = Syscall.Retry(Nr.recvmsg, socket.Number, (nint)(&header), MSG_CMSG_CLOEXEC);
        return count == 1 && header.ControlLength >= ControlHeader + SizeOfCredentials && *(int*)(control + 12) == SCM_CREDENTIALS ? *(int*)(control + ControlHeader) : -1;
    }

    /// <summary>Waits for one byte; -1 if the child is gone instead.</summary>
    public static int Receive(Fd socket)
    {
        byte message;
        return Syscall.Retry(Nr.read, socket.Number, (nint)(&message), 1) == 1 ? message : -1;
    }

    /// <summary>Waits for one byte with one descriptor; null if the child is gone instead.</summary>
    public static Fd? ReceiveDescriptor(Fd socket)
    {
        byte message;
        var control = stackalloc byte[ControlHeader + 8];
        var vector = new IoVector { Base = &message, Length = 1 };
        var header = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlHeader + 8 };
        var count = Syscall.Retry(Nr.recvmsg, socket.Number, (nint)(&header), MSG_CMSG_CLOEXEC);
        return count == 1 && header.ControlLength >= ControlHeader + 4 ? new Fd(*(int*)(control + ControlHeader)) : null;
    }
}
