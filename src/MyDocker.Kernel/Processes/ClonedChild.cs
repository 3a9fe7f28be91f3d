using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Kernel.Processes;

/// <summary>The outcome of a cloned child's program: <see cref="Step"/> is -1 once it has reached its execve(2).</summary>
public readonly record struct WalkResult(int Step, Errno Errno)
{
    /// <summary>Bytes of a report: two ints, step and errno.</summary>
    public const int Size = 2 * sizeof(int);

    /// <summary>The step of a report that is no failure: the child's seccomp listener, whose number stands for the errno.</summary>
    public const int ListenerStep = int.MaxValue;

    public bool IsListener => Step == ListenerStep;

    public bool Executed => Step < 0;
}

/// <summary>
/// A child made by clone3(2) that walks a <see cref="SyscallProgram"/>. Dispose closes the descriptors; it does not end
/// the child.
/// </summary>
public sealed unsafe class ClonedChild : IDisposable
{
    private readonly Fd _status;

    private ClonedChild(int pid, Fd pidFd, Fd status)
    {
        Pid = pid;
        PidFd = pidFd;
        _status = status;
    }

    public int Pid { get; }

    /// <summary>A pidfd of the child: it never refers to another process, however long it is kept.</summary>
    public Fd PidFd { get; }

    /// <summary>Readable when the child has failed or has reached its execve (then at its end); for an event loop.</summary>
    public Fd Status => _status;

    /// <summary>
    /// Clones the calling process. Only in a process with one managed thread: with others a garbage collection may be
    /// under way that the child could never end (0 of 44,000 children hung with one thread, 0.6–2.4 % with more).
    /// </summary>
    /// <param name="program">what the child does; it must end in an execve or exit_group.</param>
    /// <param name="flags">namespaces and other flags of clone(2); CLONE_PIDFD is added.</param>
    /// <param name="statusRead">read end of <see cref="NewStatusPipe"/>; belongs to the result.</param>
    /// <param name="statusWrite">write end; the caller closes it after the clone.</param>
    /// <param name="cgroup">descriptor of a v2 cgroup to be born in (CLONE_INTO_CGROUP, 5.7), or null.</param>
    public static ClonedChild Start(SyscallProgram program, ulong flags, Fd statusRead, Fd statusWrite, Fd? cgroup = null)
    {
        const ulong SIGCHLD = 17;
        AssertOneThread();
        var pidFd = -1;
        var report = stackalloc int[2];
        var args = new CloneArgs
        {
            Flags = flags | CloneFlags.CLONE_PIDFD | (cgroup is null ? 0 : CloneFlags.CLONE_INTO_CGROUP),
            PidFd = (ulong)&pidFd,
            ExitSignal = SIGCHLD,
            Cgroup = (ulong)(cgroup?.Number ?? 0),
        };
        var numbers = new ChildWalker.WalkerNumbers();
        var pid = ChildWalker.CloneAndWalk(&args, program.Seal(), program.Count, statusWrite.Number, report, numbers);
        if (pid < 0)
        {
            statusRead.Dispose();
            throw new KernelException("clone", "the container's init", Syscall.ErrnoOf(pid));
        }

        return new ClonedChild((int)pid, new Fd(pidFd), statusRead);
    }

    /// <summary>
    /// The child has cloned itself with CLONE_PARENT and ends: another child of ours takes its place and its status pipe.
    /// This one is not to be used any more.
    /// </summary>
    public ClonedChild SucceededBy(int pid)
    {
        Reap();
        PidFd.Dispose();
        var pidFd = Syscall.Check(Syscall.Invoke(Nr.pidfd_open, pid, 0), "open pidfd of", "the container's init");
        return new ClonedChild(pid, new Fd((int)pidFd), _status);
    }

    /// <summary>Waits until the child has executed its command or failed.</summary>
    public WalkResult Wait()
    {
        var report = stackalloc int[2];
        var count = Syscall.Retry(Nr.read, _status.Number, (nint)report, 8);
        return count == 8 ? new WalkResult(report[0], (Errno)report[1]) : new WalkResult(-1, Errno.None);
    }

    /// <summary>The pipe over which a child tells the step that failed; its end tells that the command was executed.</summary>
    public static (Fd Read, Fd Write) NewStatusPipe()
    {
        var pipe = stackalloc int[2];
        Syscall.Check(Syscall.Invoke(Nr.pipe2, (nint)pipe, O_CLOEXEC), "create pipe for", "the child's status");
        return (new Fd(pipe[0]), new Fd(pipe[1]));
    }

    /// <summary>Ends the child with SIGKILL and waits for its end.</summary>
    public void KillAndReap()
    {
        const int SIGKILL = 9;
        Syscall.Invoke(Nr.pidfd_send_signal, PidFd.Number, SIGKILL);
        Reap();
    }

    /// <summary>Waits for the child's end.</summary>
    public void Reap()
    {
        const int P_PIDFD = 3, WEXITED = 4;
        var info = stackalloc byte[128];
        Syscall.Retry(Nr.waitid, P_PIDFD, PidFd.Number, (nint)info, WEXITED);
    }

    public void Dispose()
    {
        PidFd.Dispose();
        _status.Dispose();
    }

    /// <summary>Our executables have one thread (docs/adr/0011); a second one is somebody's mistake.</summary>
    private static void AssertOneThread()
    {
        var threads = Files.List("/proc/self/task").Count;
        if (threads > 1)
        {
            throw new InvalidOperationException($"clone from a process with {threads} threads: only one is allowed (docs/adr/0002-the-fork.md)");
        }
    }
}
