using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>Notices changes of files and directories (inotify(7)): readable when something has changed.</summary>
public sealed class Inotify : IDisposable
{
    public const int IN_MODIFY = 0x2;
    public const int IN_CLOSE_WRITE = 0x8;
    public const int IN_MOVED_TO = 0x80;
    public const int IN_CREATE = 0x100;
    public const int IN_DELETE_SELF = 0x400;
    private const int IN_NONBLOCK = 0x800;
    private const int IN_CLOEXEC = 0x80000;

    public Inotify()
        => Fd = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.inotify_init1, IN_CLOEXEC | IN_NONBLOCK), "create", "inotify instance"));

    public Fd Fd { get; }

    /// <summary>Watches a path of the host; it must exist.</summary>
    public void Watch(string path, int events)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        Syscall.Check(Syscall.Invoke(Nr.inotify_add_watch, Fd.Number, name.Address, events), "watch", path);
    }

    /// <summary>Takes back what was noticed so far.</summary>
    public void Drain()
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (Files.Read(Fd, buffer) > 0)
        {
            // only that something changed is of interest
        }
    }

    public void Dispose() => Fd.Dispose();
}
