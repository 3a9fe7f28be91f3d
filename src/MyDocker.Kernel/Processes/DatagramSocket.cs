using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>Datagrams to a unix socket at a path (unix(7), SOCK_DGRAM). Sending never waits.</summary>
public sealed unsafe class DatagramSocket : IDisposable
{
    private const int AF_UNIX = 1;
    private const int SOCK_DGRAM = 2;
    private const int MSG_DONTWAIT = 0x40;
    private const int MSG_NOSIGNAL = 0x4000;
    private const int PathSize = 108;

    private readonly byte[] _address = new byte[2 + PathSize];
    private readonly Fd _socket = new((int)Syscall.Check(Syscall.Invoke(Nr.socket, AF_UNIX, SOCK_DGRAM | OpenFlags.O_CLOEXEC, 0), "create", "unix socket"));

    /// <param name="path">of the receiver, at most 107 bytes.</param>
    public DatagramSocket(string path)
    {
        _address[0] = AF_UNIX;
        Encoding.UTF8.GetBytes(path, _address.AsSpan(2, PathSize - 1));
    }

    /// <summary>EAGAIN: the receiver is behind; ENOENT, ECONNREFUSED: nobody listens.</summary>
    public Errno TrySend(ReadOnlySpan<byte> datagram)
    {
        fixed (byte* start = datagram, address = _address)
        {
            return Syscall.ErrnoOf(Syscall.Retry(Nr.sendto, _socket.Number, (nint)start, datagram.Length, MSG_DONTWAIT | MSG_NOSIGNAL, (nint)address, _address.Length));
        }
    }

    public void Dispose() => _socket.Dispose();
}
