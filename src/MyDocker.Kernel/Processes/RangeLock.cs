using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>
/// Locks on single bytes of a file (open file description locks, fcntl(2), 3.15): numbers that one process at a time may
/// have. The kernel gives them back when the holder is gone, however it went.
/// </summary>
public static unsafe class RangeLock
{
    private const int F_OFD_SETLK = 37;
    private const short F_RDLCK = 0;
    private const short F_WRLCK = 1;

    [StructLayout(LayoutKind.Sequential)]
    private struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Pid;
    }

    /// <summary>Takes a number that nobody has; false if somebody does, alone or with others.</summary>
    public static bool TryTake(Fd file, long number)
    {
        // Alone for the moment; from then on others may have it, too (TryShare).
        return TryLock(file, number, F_WRLCK) && TryLock(file, number, F_RDLCK);
    }

    /// <summary>Takes a number beside those who have it, so that it is taken until the last of them is gone.</summary>
    public static bool TryShare(Fd file, long number) => TryLock(file, number, F_RDLCK);

    private static bool TryLock(Fd file, long number, short type)
    {
        var request = new FileLock { Type = type, Start = number, Length = 1 };
        var errno = Syscall.ErrnoOf(Syscall.Retry(Nr.fcntl, file.Number, F_OFD_SETLK, (nint)(&request)));
        return errno switch
        {
            Errno.None => true,
            Errno.EAGAIN or Errno.EACCES => false,
            _ => throw new KernelException("lock", file.ProcPath, errno),
        };
    }
}
