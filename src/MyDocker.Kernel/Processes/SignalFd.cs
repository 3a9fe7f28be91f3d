using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>A signal that arrived, the fields of struct signalfd_siginfo that are in use (signalfd(2)).</summary>
/// <param name="Pid">sender, or the child for SIGCHLD; 0 from the kernel.</param>
/// <param name="Status">exit status or signal of the child for SIGCHLD.</param>
public readonly record struct SignalInfo(int Signal, int Code, int Pid, uint Uid, int Status);

/// <summary>
/// Signals as a descriptor, non-blocking. They must be blocked in every thread of the process
/// (<see cref="Signals.Block"/>, or inherited blocked from <see cref="Spawn"/>).
/// </summary>
public sealed unsafe class SignalFd : IDisposable
{
    private const int InfoSize = 128;

    public SignalFd(SignalSet set)
    {
        var bits = set.Bits;
        var result = Syscall.Invoke(Nr.signalfd4, -1, (nint)(&bits), sizeof(ulong), OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK);
        Fd = new Fd((int)Syscall.Check(result, "create", "signalfd"));
    }

    public Fd Fd { get; }

    /// <summary>Takes one signal; false if none is waiting.</summary>
    public bool TryRead(out SignalInfo info)
    {
        var raw = stackalloc byte[InfoSize];
        var count = Syscall.Retry(Nr.read, Fd.Number, (nint)raw, InfoSize);
        if (count == -(nint)Errno.EAGAIN)
        {
            info = default;
            return false;
        }

        Syscall.Check(count, "read", "signalfd");
        info = new SignalInfo(*(int*)raw, *(int*)(raw + 8), *(int*)(raw + 12), *(uint*)(raw + 16), *(int*)(raw + 40));
        return true;
    }

    public void Dispose() => Fd.Dispose();
}
