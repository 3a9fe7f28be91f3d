using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>Unix datagram sockets, as sd_notify(3) uses them.</summary>
public static unsafe class DatagramSockets
{
    private const int AF_UNIX = 1;
    private const int SOCK_DGRAM = 2;
    private const int MSG_DONTWAIT = 0x40;

    /// <summary>Length of sun_path.</summary>
    private const int PathSize = 108;

    /// <summary>Makes a socket at a path that everybody may write to.</summary>
    public static Fd Bind(string path)
    {
        const int Everybody = 0x1FF;
        var socket = Create();
        try
        {
            // The mode of the unbound socket is the mode that bind(2) gives the file, less the umask.
            Syscall.Check(Syscall.Invoke(Nr.fchmod, socket.Number, Everybody), "set mode of", path);
            Apply(path, socket, Nr.bind, "bind socket");
            using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
            Syscall.Check(Syscall.Invoke(Nr.fchmodat, AtFlags.AT_FDCWD, name.Address, Everybody), "set mode of", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a path, or with "@" before it to a name in the abstract space.</summary>
    public static Fd Connect(string path)
    {
        var socket = Create();
        try
        {
            Apply(path, socket, Nr.connect, "connect to");
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One datagram, if there is one; longer ones lose their end.</summary>
    public static string? TryReceive(Fd socket)
    {
        const int Size = 4096;
        var buffer = stackalloc byte[Size];
        var count = Syscall.Retry(Nr.recvfrom, socket.Number, (nint)buffer, Size, MSG_DONTWAIT);
        return count < 0 ? null : Encoding.UTF8.GetString(buffer, (int)count);
    }

    /// <summary>Sends one datagram, with a descriptor or without.</summary>
    public static Errno TrySend(Fd socket, string text, Fd? descriptor = null)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* message = bytes)
        {
            return UnixSockets.TrySend(socket, message, bytes.Length, descriptor is null ? [] : [descriptor.Number]);
        }
    }

    private static Fd Create()
        => new((int)Syscall.Check(Syscall.Invoke(Nr.socket, AF_UNIX, SOCK_DGRAM | OpenFlags.O_CLOEXEC, 0), "create", "unix socket"));

    private static void Apply(string path, Fd socket, int call, string operation)
    {
        if (Encoding.UTF8.GetByteCount(path) >= PathSize)
        {
            var parent = Path.GetDirectoryName(path);
            using var directory = Files.Open(string.IsNullOrEmpty(parent) ? "." : parent, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
            Apply($"{directory.ProcPath}/{Path.GetFileName(path)}", socket, call, operation);
            return;
        }

        var raw = stackalloc byte[2 + PathSize];
        new Span<byte>(raw, 2 + PathSize).Clear();
        *(ushort*)raw = AF_UNIX;
        var length = Encoding.UTF8.GetBytes(path, new Span<byte>(raw + 2, PathSize - 1));
        var isAbstract = path.StartsWith('@');
        if (isAbstract)
        {
            raw[2] = 0;
        }

        Syscall.Check(Syscall.Retry(call, socket.Number, (nint)raw, 2 + length + (isAbstract ? 0 : 1)), operation, path);
    }
}
