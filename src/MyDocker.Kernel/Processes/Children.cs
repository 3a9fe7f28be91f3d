using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>All children of this process, those it adopts included.</summary>
public static unsafe class Children
{
    private const int WNOHANG = 1;

    /// <summary>Orphaned descendants become children of this process instead of the host's init (prctl(2)).</summary>
    public static void AdoptOrphans() => Syscall.Check(Syscall.Invoke(Nr.prctl, Prctl.PR_SET_CHILD_SUBREAPER, 1), "become", "subreaper");

    /// <summary>Ends a child that nobody needs, and reaps it: its number cannot be another's before that.</summary>
    public static void KillAndReap(int pid)
    {
        Signals.TrySend(pid, Signals.SIGKILL);
        Syscall.Retry(Nr.wait4, pid, 0, 0, 0);
    }

    /// <summary>Reaps one child that has ended; 0 if none has.</summary>
    public static int TryReap(out ProcessExit exit)
    {
        int status;
        var pid = (int)Syscall.Retry(Nr.wait4, -1, (nint)(&status), WNOHANG, 0);
        exit = pid <= 0 ? default : (status & 0x7F) == 0 ? new ProcessExit((status >> 8) & 0xFF, 0, false) : new ProcessExit(0, status & 0x7F, (status & 0x80) != 0);
        return Math.Max(pid, 0);
    }
}
