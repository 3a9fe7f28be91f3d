using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">0–255 if it left by itself; otherwise 0.</param>
/// <param name="Signal">the signal that ended it; 0 if it left by itself.</param>
public readonly record struct ProcessExit(int ExitCode, int Signal, bool CoreDumped)
{
    /// <summary>What a shell or docker reports: the exit code, or 128 + signal.</summary>
    public int ShellCode => Signal == 0 ? ExitCode : 128 + Signal;

    /// <summary>From a status as wait(2) has it.</summary>
    public static ProcessExit Of(int status) => new((status >> 8) & 0xff, status & 0x7f, (status & 0x80) != 0);
}

/// <summary>A process held by a descriptor: its number cannot be reused behind our back. Readable once it has ended.</summary>
public sealed unsafe class PidFd : IDisposable
{
    private const int P_PIDFD = 3;
    private const int WNOHANG = 1;
    private const int WEXITED = 4;
    private const int CLD_EXITED = 1;
    private const int CLD_DUMPED = 3;

    /// <summary>Takes over a pidfd, for instance the one that clone3(CLONE_PIDFD) gave.</summary>
    public PidFd(Fd fd) => Fd = fd;

    public Fd Fd { get; }

    /// <summary>Opens a process by number. Only for a child not yet waited for is it certain whose number it is.</summary>
    public static PidFd Open(int pid)
        => TryOpen(pid, out var pidFd) is var errno && errno != Errno.None
            ? throw new KernelException("open process", pid.ToString(System.Globalization.CultureInfo.InvariantCulture), errno)
            : pidFd!;

    public static Errno TryOpen(int pid, out PidFd? pidFd)
    {
        var result = Syscall.Invoke(Nr.pidfd_open, pid, 0);
        pidFd = result < 0 ? null : new PidFd(new Fd((int)result));
        return Syscall.ErrnoOf(result);
    }

    /// <summary>A copy of one of the process's own descriptors (pidfd_getfd, 5.6); asks for the right to trace it.</summary>
    public static Fd CopyDescriptor(Fd process, int number)
        => new((int)Syscall.Check(Syscall.Invoke(Nr.pidfd_getfd, process.Number, number, 0), "fetch descriptor of", "the container's process"));

    /// <summary>Sends a signal; <see cref="Errno.ESRCH"/> once the process is gone. Signal 0 only asks.</summary>
    public Errno TrySend(int signal) => Syscall.ErrnoOf(Syscall.Invoke(Nr.pidfd_send_signal, Fd.Number, signal, 0, 0));

    /// <summary>Waits until the process, somebody's child or ours, has ended. False: it has not within the time.</summary>
    public bool WaitForEnd(int timeoutMilliseconds)
    {
        var poll = new PollFd { Descriptor = Fd.Number, Events = PollFd.POLLIN };
        var until = Environment.TickCount64 + timeoutMilliseconds;
        while (Environment.TickCount64 < until)
        {
            if (Descriptors.Poll(&poll, 1, (int)Math.Max(1, until - Environment.TickCount64)) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits until the child has ended and reaps it.</summary>
    public ProcessExit Wait() => Reap(0)!.Value;

    /// <summary>Reaps the child if it has ended; null if it still runs.</summary>
    public ProcessExit? TryWait() => Reap(WNOHANG);

    /// <summary>
    /// How a process that is no child of ours has ended, which the kernel remembers for who had a descriptor of it before its
    /// parent waited for it (PIDFD_INFO_EXIT, Linux 6.15). Null: that has not been yet, or the kernel is older.
    /// </summary>
    public ProcessExit? TryReadExit()
    {
        const int PIDFD_INFO_EXIT = 1 << 3;
        const uint PIDFD_GET_INFO = 0xC040FF0B; // _IOWR(0xff, 11, struct pidfd_info) in its first size
        const int Size = 64, ExitCode = 15;     // mask and cgroup id of 8 bytes, eleven ids of 4, exit_code
        var info = stackalloc int[Size / sizeof(int)];
        new Span<int>(info, Size / sizeof(int)).Clear();
        info[0] = PIDFD_INFO_EXIT;
        var errno = Syscall.ErrnoOf(Syscall.Retry(Nr.ioctl, Fd.Number, unchecked((nint)PIDFD_GET_INFO), (nint)info));
        return errno == Errno.None && (info[0] & PIDFD_INFO_EXIT) != 0 ? ProcessExit.Of(info[ExitCode]) : null;
    }

    public void Dispose() => Fd.Dispose();

    private ProcessExit? Reap(int flags)
    {
        // siginfo_t: si_signo, si_errno, si_code, padding, si_pid, si_uid, si_status, ... 128 bytes
        var info = stackalloc int[32];
        new Span<int>(info, 32).Clear();
        Syscall.Check(Syscall.Retry(Nr.waitid, P_PIDFD, Fd.Number, (nint)info, WEXITED | flags, 0), "wait for", "child process");
        return info[4] == 0 ? null
            : info[2] == CLD_EXITED ? new ProcessExit(info[6], 0, false)
            : new ProcessExit(0, info[6], info[2] == CLD_DUMPED);
    }
}
