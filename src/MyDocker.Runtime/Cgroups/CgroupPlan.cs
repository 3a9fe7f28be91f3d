using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// How a container gets its cgroup: steps as data, in the order in which they run.
/// <list type="number">
/// <item><see cref="Create"/>: directories, v2 controllers, inherited cpusets.</item>
/// <item><see cref="Limits"/>: before any process is inside.</item>
/// <item>The join. v2: clone3 with CLONE_INTO_CGROUP and <see cref="OpenCloneInto"/>. v1: the child itself writes "0"
/// to each of <see cref="OpenJoinFds"/>. One thread that moves itself through "tasks" takes no
/// cgroup_threadgroup_rwsem: 27 µs, where cgroup.procs, or any other pid, waits for an RCU grace period (4.7 ms on
/// Linux 6.18, whenever the last move on the host is a while ago). It joins before unshare(CLONE_NEWCGROUP): the root
/// of a cgroup namespace is the cgroup in which its maker is.</item>
/// <item><see cref="LateLimits"/>: after the join.</item>
/// </list>
/// </summary>
public sealed class CgroupPlan
{
    internal CgroupPlan(Cgroup cgroup) => Cgroup = cgroup;

    /// <summary>The container's cgroup, to watch, pause, count and remove it.</summary>
    public Cgroup Cgroup { get; }

    /// <summary>Before anything is made: is the cgroup free? Empty unless asked for.</summary>
    public IReadOnlyList<CgroupStep> Check => CheckSteps;

    public IReadOnlyList<CgroupStep> Create => CreateSteps;

    public IReadOnlyList<CgroupStep> Limits => LimitSteps;

    /// <summary>v2: keys such as cgroup.freeze or cgroup.type of "unified", which would stop the launch or forbid the join.</summary>
    public IReadOnlyList<CgroupStep> LateLimits => LateSteps;

    /// <summary>v1: the "tasks" file of each hierarchy that the child joins.</summary>
    public IReadOnlyList<string> JoinFiles => JoinFileList;

    /// <summary>The v2 directory for CLONE_INTO_CGROUP; null on v1 and where a hybrid host needs none.</summary>
    public string? CloneInto { get; internal set; }

    /// <summary>
    /// The systemd unit that owns the cgroup: started with the container's first process in it, before the rest where the
    /// host is v2. Null: the cgroup is made by hand.
    /// </summary>
    public CgroupUnit? Unit { get; internal set; }

    /// <summary>
    /// Whether the cgroup is this container's: what was found there was free, or the unit started. Before that somebody else's
    /// processes may be in it, which a failure must not end.
    /// </summary>
    public bool IsTaken { get; internal set; }

    /// <summary>What was accepted without effect, to be logged.</summary>
    public IReadOnlyList<string> Warnings => WarningList;

    internal List<CgroupStep> CheckSteps { get; } = [];

    internal List<CgroupStep> CreateSteps { get; } = new(12);

    internal List<CgroupStep> LimitSteps { get; } = new(24);

    internal List<CgroupStep> LateSteps { get; } = [];

    internal List<string> JoinFileList { get; } = new(8);

    internal List<string> WarningList { get; } = [];

    /// <summary>The directories that the plan makes, to be journalled before it runs.</summary>
    public IEnumerable<string> Directories
    {
        get
        {
            foreach (var step in CreateSteps)
            {
                if (step.Kind == CgroupStepKind.MakeDirectory)
                {
                    yield return step.Directory;
                }
            }
        }
    }

    /// <summary>A directory that this process may not make; null: there is none.</summary>
    public string? FindForbidden()
    {
        foreach (var directory in Directories)
        {
            var parent = directory;
            do
            {
                parent = Path.GetDirectoryName(parent)!;
            }
            while (parent.Length > 1 && !Files.Exists(parent));

            if (!Files.IsWritable(parent))
            {
                return directory;
            }
        }

        return null;
    }

    /// <summary>Runs <see cref="Check"/>, <see cref="Create"/> and <see cref="Limits"/>; on a failure what was made is removed again.</summary>
    public void RunBeforeJoin()
    {
        CgroupStep.RunAll(CheckSteps);
        try
        {
            CgroupStep.RunAll(CreateSteps);
            CgroupStep.RunAll(LimitSteps);
        }
        catch
        {
            for (var i = CreateSteps.Count - 1; i >= 0; i--)
            {
                CreateSteps[i].Undo();
            }

            throw;
        }
    }

    /// <summary>Opens <see cref="JoinFiles"/> for writing; the caller closes them. Opened by root, they let the child in whoever it is then (Linux 5.17 checks the opener).</summary>
    public Fd[] OpenJoinFds()
    {
        var fds = new Fd[JoinFileList.Count];
        for (var i = 0; i < fds.Length; i++)
        {
            var errno = Files.TryOpen(JoinFileList[i], OpenFlags.O_WRONLY, out var fd);
            if (errno != Errno.None)
            {
                for (var j = 0; j < i; j++)
                {
                    fds[j].Dispose();
                }

                throw new CgroupException($"open {JoinFileList[i]}", errno);
            }

            fds[i] = fd!;
        }

        return fds;
    }

    /// <summary>The directory descriptor for struct clone_args.cgroup (clone(2), Linux 5.7), or null if there is none to be cloned into.</summary>
    public Fd? OpenCloneInto()
        => CloneInto is null ? null : Files.Open(CloneInto, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);

    /// <summary>
    /// Moves a process in from outside, for a kernel without CLONE_INTO_CGROUP (clone3 gave E2BIG or ENOSYS) and for
    /// exec: its pid to every cgroup.procs.
    /// </summary>
    public void Join(int pid)
    {
        foreach (var file in JoinFileList)
        {
            Write(file[..^"tasks".Length] + "cgroup.procs", pid);
        }

        if (CloneInto is not null)
        {
            Write(CloneInto + "/cgroup.procs", pid);
        }
    }

    private static void Write(string file, int pid)
    {
        var errno = Files.TryWriteExisting(file, pid.ToString());
        if (errno != Errno.None)
        {
            throw new CgroupException($"move process {pid} to {file}", errno, errno switch
            {
                Errno.EBUSY => "controllers are enabled below that cgroup, so processes must go into one of its children",
                Errno.ENOSPC => "its cpuset has no CPU or no memory node",
                Errno.EOPNOTSUPP => "it is a threaded cgroup",
                _ => null,
            });
        }
    }
}
