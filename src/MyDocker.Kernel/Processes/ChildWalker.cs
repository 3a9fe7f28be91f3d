using System.Runtime.InteropServices;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>struct clone_args of clone3(2), all fields up to <c>cgroup</c> (5.7).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CloneArgs
{
    public ulong Flags;
    public ulong PidFd;
    public ulong ChildTid;
    public ulong ParentTid;
    public ulong ExitSignal;
    public ulong Stack;
    public ulong StackSize;
    public ulong Tls;
    public ulong SetTid;
    public ulong SetTidSize;
    public ulong Cgroup;
}

/// <summary>
/// The only code of ours that runs in a cloned child. RULE (measured, docs/adr/0002-the-fork.md): one managed thread in
/// the parent, everything prepared in native memory, and here neither an allocation, an exception, a static with an
/// initializer nor a libc function with state: raw system calls in a loop. A failure is written to the status pipe as
/// two ints (step, errno).
/// </summary>
internal static unsafe partial class ChildWalker
{
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint RawSyscall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "__errno_location")]
    private static partial int* ErrnoLocation();

    /// <summary>
    /// Clones; the child walks the steps and never returns. The parent gets the child's pid or -errno.
    /// </summary>
    /// <param name="args">flags and descriptors for clone3(2).</param>
    /// <param name="steps">the sealed program.</param>
    /// <param name="count">number of steps.</param>
    /// <param name="statusFd">write end of the status pipe, close-on-exec.</param>
    /// <param name="report">8 bytes of native memory for the report of a failure.</param>
    /// <param name="numbers">the system call numbers of clone3, write and exit_group, looked up beforehand.</param>
    internal static nint CloneAndWalk(CloneArgs* args, ChildStep* steps, int count, int statusFd, int* report, in WalkerNumbers numbers)
    {
        var errnoAt = ErrnoLocation();
        nint clone3 = numbers.Clone3, write = numbers.Write, exitGroup = numbers.ExitGroup;
        var pid = RawSyscall(clone3, (nint)args, sizeof(CloneArgs), 0, 0, 0, 0);
        if (pid != 0)
        {
            return pid > 0 ? pid : -*errnoAt;
        }

        // From here on: the child. No allocation, no exception, no managed runtime.
        var index = 0;
        while (index < count)
        {
            var step = steps + index;
            var mask = step->CellMask;
            nint a = (nint)step->Arguments[0], b = (nint)step->Arguments[1], c = (nint)step->Arguments[2];
            nint d = (nint)step->Arguments[3], e = (nint)step->Arguments[4], f = (nint)step->Arguments[5];
            if (mask != 0)
            {
                a = (mask & 1) != 0 ? *(int*)a : a;
                b = (mask & 2) != 0 ? *(int*)b : b;
                c = (mask & 4) != 0 ? *(int*)c : c;
                d = (mask & 8) != 0 ? *(int*)d : d;
                e = (mask & 16) != 0 ? *(int*)e : e;
                f = (mask & 32) != 0 ? *(int*)f : f;
            }

            var result = RawSyscall(step->Number, a, b, c, d, e, f);
            if (result == -1)
            {
                var errno = *errnoAt;
                if (errno == (int)Errno.EINTR)
                {
                    continue;
                }

                var tolerated = errno < 64 ? step->ToleratedLow >> errno : errno < 128 ? step->ToleratedHigh >> (errno - 64) : 0;
                if ((tolerated & 1) != 0)
                {
                    index = step->AfterTolerated;
                    continue;
                }

                report[0] = index;
                report[1] = errno;
                RawSyscall(write, statusFd, (nint)report, 8, 0, 0, 0);
                RawSyscall(exitGroup, 1, 0, 0, 0, 0, 0);
            }

            if (result < step->Least)
            {
                report[0] = index;
                report[1] = (int)Errno.EPIPE;
                RawSyscall(write, statusFd, (nint)report, 8, 0, 0, 0);
                RawSyscall(exitGroup, 1, 0, 0, 0, 0, 0);
            }

            if (step->ExitIfPositive != 0 && result > 0)
            {
                RawSyscall(exitGroup, 0, 0, 0, 0, 0, 0);
            }

            if (step->Result != null)
            {
                *step->Result = (int)result;
            }

            index = step->AfterSuccess;
        }

        // A program ends in execve or exit_group; falling off its end is a mistake of the planner.
        report[0] = count;
        report[1] = (int)Errno.ENOEXEC;
        RawSyscall(write, statusFd, (nint)report, 8, 0, 0, 0);
        RawSyscall(exitGroup, 1, 0, 0, 0, 0, 0);
        return 0;
    }

    internal readonly struct WalkerNumbers()
    {
        public readonly int Clone3 = Nr.clone3;
        public readonly int Write = Nr.write;
        public readonly int ExitGroup = Nr.exit_group;
    }
}
