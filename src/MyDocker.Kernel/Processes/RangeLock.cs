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

    /// <summary>Takes the lock on one byte; false if another open file description has it.</summary>
    public static bool TryTake(Fd file, long number)
    {
        var request = new FileLock { Type = F_WRLCK, Start = number, Length = 1 };
        var errno = Syscall.ErrnoOf(Syscall.Retry(Nr.fcntl, file.Number, F_OFD_SETLK, (nint)(&request)));
        return errno switch
        {
            Errno.None => true,
            Errno.EAGAIN or Errno.EACCES => false,
            _ => throw new KernelException("lock", file.ProcPath, errno),
        };
    }
}
