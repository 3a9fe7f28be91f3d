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
        : base(-1, ownsHandle: true) => SetHandle(number);

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
