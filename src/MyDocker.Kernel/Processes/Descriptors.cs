using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>struct pollfd of poll(2). A negative descriptor is skipped.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollFd
{
    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const short POLLERR = 8;
    public const short POLLHUP = 16;
    public const short POLLNVAL = 32;

    public int Descriptor;
    public short Events;
    public short Returned;
}

/// <summary>Calls on plain descriptors: pipes, duplicates, non-blocking mode, poll.</summary>
public static unsafe class Descriptors
{
    public const int F_DUPFD_CLOEXEC = 1030;
    private const int F_GETFL = 3;
    private const int F_SETFL = 4;
    private const int FIONREAD = 0x541B;

    /// <summary>A pipe (pipe2(2)), both ends blocking and close-on-exec.</summary>
    public static (Fd Read, Fd Write) Pipe()
    {
        var ends = stackalloc int[2];
        Syscall.Check(Syscall.Invoke(Nr.pipe2, (nint)ends, OpenFlags.O_CLOEXEC), "create", "pipe");
        return (new Fd(ends[0]), new Fd(ends[1]));
    }

    /// <summary>Another number, at least <paramref name="minimum"/>, for the same open file; close-on-exec.</summary>
    public static Fd Duplicate(int descriptor, int minimum = 3)
        => new((int)Syscall.Check(Syscall.Invoke(Nr.fcntl, descriptor, F_DUPFD_CLOEXEC, minimum), "duplicate", $"descriptor {descriptor}"));

    /// <summary>Switches O_NONBLOCK on: for everyone who shares the open file, so never for what a caller handed us.</summary>
    public static void SetNonBlocking(Fd fd)
    {
        var flags = Syscall.Check(Syscall.Invoke(Nr.fcntl, fd.Number, F_GETFL), "read flags of", fd.ProcPath);
        Syscall.Check(Syscall.Invoke(Nr.fcntl, fd.Number, F_SETFL, flags | OpenFlags.O_NONBLOCK), "set flags of", fd.ProcPath);
    }

    /// <summary>Bytes that a read would find now (FIONREAD); 0 if the descriptor does not know.</summary>
    public static int BytesToRead(Fd fd)
    {
        int count;
        return Syscall.Invoke(Nr.ioctl, fd.Number, FIONREAD, (nint)(&count)) < 0 ? 0 : count;
    }

    public static Errno TryChangeOwner(Fd fd, uint uid, uint gid)
        => Syscall.ErrnoOf(Syscall.Invoke(Nr.fchown, fd.Number, (nint)uid, (nint)gid));

    /// <summary>The owner of one of the standard streams, which are nobody's to close.</summary>
    public static Errno TryChangeOwnerOfStream(int number, uint uid, uint gid)
        => Syscall.ErrnoOf(Syscall.Invoke(Nr.fchown, number, (nint)uid, (nint)gid));

    /// <summary>One read(2) into native memory: bytes, 0 at the end, or -errno.</summary>
    public static int Read(int descriptor, byte* buffer, int length)
        => (int)Syscall.Retry(Nr.read, descriptor, (nint)buffer, length);

    /// <summary>One write(2) from native memory: bytes, or -errno.</summary>
    public static int Write(int descriptor, byte* buffer, int length)
        => (int)Syscall.Retry(Nr.write, descriptor, (nint)buffer, length);

    /// <summary>
    /// Waits for events (ppoll(2)), up to a time in ms, or without end (-1). Returns how many descriptors have some;
    /// 0 also when a signal handler interrupted the wait.
    /// </summary>
    public static int Poll(PollFd* descriptors, int count, int timeoutMilliseconds)
    {
        var time = stackalloc long[2];
        time[0] = timeoutMilliseconds / 1000;
        time[1] = timeoutMilliseconds % 1000 * 1_000_000L;
        var result = Syscall.Invoke(Nr.ppoll, (nint)descriptors, count, timeoutMilliseconds < 0 ? 0 : (nint)time, 0, 0);
        return result == -(nint)Errno.EINTR ? 0 : (int)Syscall.Check(result, "wait for", "descriptors");
    }
}
