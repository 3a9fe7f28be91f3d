using System.Net.Sockets;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.RuntimeCommand.Tests.Harness;

/// <summary>Takes the master end of a container's terminal (--console-socket), as a shim does.</summary>
public sealed unsafe class ConsoleSocket : IDisposable
{
    private const long TIOCGWINSZ = 0x5413;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private Fd? _master;

    public ConsoleSocket(string path)
    {
        Path = path;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen();
    }

    public string Path { get; }

    private Fd Master => _master ??= Receive();

    /// <summary>Rows and columns.</summary>
    public (int Rows, int Columns) Size()
    {
        var size = stackalloc ushort[4];
        Assert.Equal(0, (int)Syscall.Retry(Nr.ioctl, Master.Number, (nint)TIOCGWINSZ, (nint)size));
        return (size[0], size[1]);
    }

    /// <summary>All that is written to the terminal until nobody has its other end any more.</summary>
    public string ReadToEnd()
    {
        var text = new System.Text.StringBuilder();
        var buffer = new byte[4096];
        for (int count; (count = (int)Files.Read(Master, buffer)) > 0;)
        {
            text.Append(System.Text.Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    public void Dispose()
    {
        _master?.Dispose();
        _socket.Dispose();
    }

    private Fd Receive()
    {
        using var connection = _socket.Accept();
        using var socket = Descriptors.Duplicate((int)connection.Handle, 3);
        var buffer = stackalloc byte[256];
        Span<int> descriptors = stackalloc int[1];
        int received;
        while (UnixSockets.Receive(socket, buffer, 256, descriptors, out received) == -(int)Errno.EAGAIN)
        {
            Thread.Sleep(1);
        }

        Assert.Equal(1, received);
        return new Fd(descriptors[0]);
    }
}
