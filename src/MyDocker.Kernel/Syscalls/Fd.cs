using System.Runtime.InteropServices;

namespace MyDocker.Kernel.Syscalls;

/// <summary>A file descriptor that is closed once. Every descriptor of ours is close-on-exec.</summary>
public sealed class Fd : SafeHandle
{
    public Fd()
        : base(-1, ownsHandle: true)
    {
    }

    public Fd(int number)
        : this(number, isOwn: true)
    {
    }

    private Fd(int number, bool isOwn)
        : base(-1, isOwn) => SetHandle(number);

    /// <summary>
    /// A descriptor that is not ours to close, such as the standard streams: an owned one that nobody keeps is closed by the next
    /// garbage collection.
    /// </summary>
    public static Fd Borrowed(int number) => new(number, isOwn: false);

    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for a call made while this object is alive.</summary>
    public int Number => IsClosed ? throw new ObjectDisposedException(nameof(Fd)) : (int)handle;

    /// <summary>Gives the number away: the caller closes it from here on.</summary>
    public int Release()
    {
        var number = Number;
        SetHandleAsInvalid();
        return number;
    }

    /// <summary>The path under which /proc names this descriptor, for calls that take paths only.</summary>
    public string ProcPath => $"/proc/self/fd/{Number}";

    protected override bool ReleaseHandle() => Syscall.Invoke(Nr.close, handle) == 0;
}
