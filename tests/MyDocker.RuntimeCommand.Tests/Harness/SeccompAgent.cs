using System.Net.Sockets;
using System.Text.Json;
using MyDocker.Containers.Tests.Harness;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.RuntimeCommand.Tests.Harness;

/// <summary>Takes one seccomp listener and answers each notification with EOPNOTSUPP (seccomp_unotify(2)).</summary>
public sealed unsafe class SeccompAgent : IDisposable
{
    private const int EOPNOTSUPP = 95;
    private const int SizeOfNotification = 80;
    private const int SizeOfAnswer = 24;
    private const long SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
    private const long SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Thread _thread;
    private string _message = "";
    private Exception? _failure;

    public SeccompAgent(string path)
    {
        Path = path;
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen();
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    public string Path { get; }

    /// <summary>What came with the listener, once the container has ended.</summary>
    public ContainerProcessState State()
    {
        Assert.True(_thread.Join(TimeFactor.Seconds(30)), "the agent still waits");
        Assert.Null(_failure);
        return JsonSerializer.Deserialize(_message, RuntimeJson.Default.ContainerProcessState)!;
    }

    public void Dispose() => _socket.Dispose();

    private void Work()
    {
        try
        {
            using var connection = _socket.Accept();
            using var listener = Receive((int)connection.Handle);
            while (Answer(listener.Number))
            {
            }
        }
        catch (Exception e)
        {
            _failure = e;
        }
    }

    private Fd Receive(int connection)
    {
        var buffer = stackalloc byte[65536];
        Span<int> descriptors = stackalloc int[1];
        using var socket = Descriptors.Duplicate(connection, 3);
        int count, received;
        while ((count = UnixSockets.Receive(socket, buffer, 65536, descriptors, out received)) == -(int)Errno.EAGAIN)
        {
            Thread.Sleep(1);
        }

        _message = System.Text.Encoding.UTF8.GetString(buffer, count);
        Assert.Equal(1, received);
        return new Fd(descriptors[0]);
    }

    /// <summary>False: nobody has the filter any more.</summary>
    private static bool Answer(int listener)
    {
        var notification = stackalloc byte[SizeOfNotification];
        new Span<byte>(notification, SizeOfNotification).Clear();
        if (Syscall.Retry(Nr.ioctl, listener, unchecked((nint)SECCOMP_IOCTL_NOTIF_RECV), (nint)notification) < 0)
        {
            return false;
        }

        var answer = stackalloc byte[SizeOfAnswer]; // id, value, error, flags
        new Span<byte>(answer, SizeOfAnswer).Clear();
        *(ulong*)answer = *(ulong*)notification;
        *(int*)(answer + 16) = -EOPNOTSUPP;
        Syscall.Invoke(Nr.ioctl, listener, unchecked((nint)SECCOMP_IOCTL_NOTIF_SEND), (nint)answer);
        return true;
    }
}
