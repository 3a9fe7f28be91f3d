using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Paths;

/// <summary>The host's procfs, by a descriptor that is known to be its root.</summary>
public static unsafe class ProcFs
{
    private const long PROC_SUPER_MAGIC = 0x9fa0;
    private const ulong PROC_ROOT_INO = 1;

    /// <summary>
    /// Opens /proc (O_PATH) and looks that it is the root of a procfs: what is written through it reaches the kernel and no
    /// file that somebody put there (CVE-2019-16884, CVE-2025-52881). A process that inherits the descriptor finds itself at
    /// "thread-self" in it, whatever namespaces it has entered since.
    /// </summary>
    public static Fd OpenRoot()
    {
        var proc = Files.Open("/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW);
        var statistics = stackalloc long[32]; // struct statfs begins with the magic number
        var isProc = Syscall.Invoke(Nr.fstatfs, proc.Number, (nint)statistics) == 0 && statistics[0] == PROC_SUPER_MAGIC;
        if (!isProc || Files.StatOf(proc).Inode != PROC_ROOT_INO)
        {
            proc.Dispose();
            throw new KernelException("use", "/proc, which is no procfs", Errno.EINVAL);
        }

        return proc;
    }
}
