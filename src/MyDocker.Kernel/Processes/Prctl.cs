using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>Options of prctl(2), linux/prctl.h.</summary>
public static unsafe class Prctl
{
    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_SET_DUMPABLE = 4;
    public const int PR_SET_KEEPCAPS = 8;
    public const int PR_SET_NAME = 15;
    public const int PR_CAPBSET_READ = 23;
    public const int PR_CAPBSET_DROP = 24;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_CAP_AMBIENT = 47;
    public const int PR_CAP_AMBIENT_RAISE = 2;
    public const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    /// <summary>What ps and top call this process; execve(2) of a descriptor has called it by the descriptor's number.</summary>
    /// <param name="name">with a zero byte at its end (a literal has one); the kernel takes the first 15 bytes.</param>
    public static void SetName(ReadOnlySpan<byte> name)
    {
        fixed (byte* bytes = name)
        {
            Syscall.Invoke(Nr.prctl, PR_SET_NAME, (nint)bytes);
        }
    }
}
