using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

/// <summary>
/// Notices that a container is at its memory limit. <see cref="Fd"/> becomes readable then (for an epoll loop) and
/// also once when the cgroup is removed; <see cref="Read"/> empties it and tells the state.
/// </summary>
public sealed class OomWatch : IDisposable
{
    private readonly string _directory;
    private readonly bool _v2;

    private OomWatch(string directory, bool v2, Fd fd)
    {
        _directory = directory;
        _v2 = v2;
        Fd = fd;
    }

    /// <summary>v1: an eventfd of cgroup.event_control. v2: an inotify descriptor on memory.events.</summary>
    public Fd Fd { get; }

    public bool IsV2 => _v2;

    /// <param name="directory">of the cgroup in the hierarchy with the memory controller.</param>
    public static OomWatch Start(string directory, bool v2)
        => new(directory, v2, v2 ? WatchEvents(directory) : V1.Memory.RegisterOomEvent(directory));

    /// <summary>Takes the notification back and reads the state; all zero once the cgroup is gone.</summary>
    public OomState Read()
    {
        Span<byte> buffer = stackalloc byte[1024];
        while (Files.Read(Fd, buffer) > 0 && _v2)
        {
            // inotify: several events may be queued; an eventfd is emptied by one read
        }

        return _v2 ? V2.Memory.ReadOom(_directory) : V1.Memory.ReadOom(_directory);
    }

    public void Dispose() => Fd.Dispose();

    private static Fd WatchEvents(string directory)
    {
        const int IN_CLOEXEC = 0x80000, IN_NONBLOCK = 0x800, IN_MODIFY = 2;
        var fd = new Fd((int)Syscall.Check(Syscall.Invoke(Nr.inotify_init1, IN_CLOEXEC | IN_NONBLOCK), "make", "inotify for " + directory));
        using var path = new Utf8Z(directory + "/memory.events", stackalloc byte[Utf8Z.Inline]);
        var errno = Syscall.ErrnoOf(Syscall.Invoke(Nr.inotify_add_watch, fd.Number, path.Address, IN_MODIFY));
        if (errno == Errno.None)
        {
            return fd;
        }

        fd.Dispose();
        throw new KernelException("watch", directory + "/memory.events", errno);
    }
}
