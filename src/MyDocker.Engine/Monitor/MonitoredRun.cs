using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Networks;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Monitor;

/// <summary>One start of a container: what exists from the clone of its init to its end. The restart policy makes another.</summary>
internal sealed class MonitoredRun : IDisposable
{
    private readonly ContainerRecord _record;
    private UserRange? _users;
    private LaunchedContainer? _container;
    private PidFd? _adopted;
    private ProcessIdentity _init;
    private OomWatch? _oom;

    private MonitoredRun(ContainerRecord record)
    {
        _record = record;
        Cgroup = new Cgroup(CgroupLayout.Host, record.CgroupPath);
    }

    public Cgroup Cgroup { get; }

    public uint FirstHostId => _users?.FirstId ?? 0;

    public Fd PidFd => _container?.PidFd ?? _adopted!.Fd;

    public int Pid => _container!.Pid;

    /// <summary>-k on cgroup v2, where the monitor itself pauses the container.</summary>
    public bool IsGuarded => _record.Options is { OomPause: true, Memory: not null } && Cgroup.Layout.Of(Controllers.Memory) is { IsV2: true };

    /// <summary>Readable when the memory limit was reached; null without a limit.</summary>
    public Fd? MemoryLimit => _oom?.Fd;

    /// <summary>
    /// 1. plans, 2. writes down in the journal what the run will make, 3. makes it, and the init that waits, 4. lets it go.
    /// </summary>
    /// <param name="attend">called now and then: what it throws ends the start.</param>
    public static MonitoredRun Start(EngineRoots roots, ContainerRecord record, ResourceJournal journal, ContainerIo io, Action attend)
    {
        var run = new MonitoredRun(record);
        try
        {
            run.Start(roots, journal, io, attend);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A run whose monitor is gone: 1. its init, which is no child of ours, 2. its user ids, which nobody else shall have, 3. its
    /// streams, as far as they are still there, 4. its memory limit.
    /// </summary>
    /// <param name="state">of the run, as its monitor left it.</param>
    /// <exception cref="EngineException">it has just ended.</exception>
    public static MonitoredRun Adopt(ContainerRecord record, ContainerState state, ContainerIo io)
    {
        var run = new MonitoredRun(record) { _init = state.Init, _adopted = state.Init.TryOpen() ?? throw new EngineException($"container {record.Name} has just ended") };
        try
        {
            run._users = state.FirstHostId == 0 ? null : UserRange.Share(state.FirstHostId);
            io.RecoverStreams(record.Name, state.Pid, record.Options.Terminal, record.Options.Interactive);
            run.WatchMemory();
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes how init has ended, once it has. One that was adopted is somebody else's child: the kernel tells before that one has
    /// waited for it, and since Linux 6.15 afterwards, too. Null: nobody can tell.
    /// </summary>
    public ProcessExit? TakeExit()
        => _adopted is null ? new PidFd(PidFd).Wait() : _init.TryReadExit() ?? _adopted.TryReadExit();

    public void Dispose()
    {
        _oom?.Dispose();
        _adopted?.Dispose();
        _container?.Dispose();
        _users?.Dispose();
    }

    /// <summary>Empties <see cref="MemoryLimit"/>; whether a task stands at the limit.</summary>
    public bool ReadUnderOom() => _oom!.Read().UnderOom;

    private void Start(EngineRoots roots, ResourceJournal journal, ContainerIo io, Action attend)
    {
        var network = ContainerLaunch.PlanNetwork(_record);
        WriteDown(journal, network);
        PhaseClock.Mark("network checked, journal");
        using var joined = JoinedNamespaces.TryOpen(new ContainerStore(roots), _record.Options);
        _users = TakeUsers(joined);
        if (joined is not null)
        {
            joined.RequireRunning();
            OwnFiles.Renew(roots, _record);
        }

        using var ends = _record.Options.Terminal ? null : io.OpenPipes(_record.Options.Interactive);
        using var nothing = ends is { Stdin: null } ? Files.Open("/dev/null", OpenFlags.O_RDWR) : null;
        ends?.ChangeOwner(FirstHostId + _record.User.Uid, FirstHostId + _record.User.Gid);
        ProcessStdio stdio = ends is null
            ? new ProcessStdio.Terminal(io.RequestedSize?.Rows ?? 0, io.RequestedSize?.Columns ?? 0)
            : new ProcessStdio.Given(ends.Stdin ?? nothing!, ends.Stdout, ends.Stderr);
        var unmapped = _users is null ? null : new UnmappedOwners(roots, _record, FirstHostId, io.ReportWarning, attend);
        var request = ContainerLaunch.Request(roots, _record, stdio, FirstHostId, network, unmapped?.Fallback, joined);
        PhaseClock.Mark("user ids, streams, specification");
        using var plan = LaunchPlanner.Plan(request);
        PhaseClock.Mark("plan");
        _container = Launcher.Launch(plan);
        attend();
        WatchMemory();
        PhaseClock.Mark("memory watch");
        _container.Start();
        PhaseClock.Mark("the child's steps, execve");
        if (_container.Terminal is { } master)
        {
            io.UseTerminal(master);
        }
    }

    private void WatchMemory() => _oom = _record.Options.Memory is null || IsGuarded ? null : Cgroup.WatchOom();

    private UserRange? TakeUsers(JoinedNamespaces? joined)
        => !SpecBuilder.HasOwnUserNamespace(_record.Options) ? null
            : joined is null ? UserRange.Take(_record.Id)
            : UserRange.Share(joined.FirstHostId);

    /// <summary>What the run will make, before it is made. The container's own files are in the journal since its creation.</summary>
    private void WriteDown(ResourceJournal journal, NetworkPlan network)
    {
        var cgroup = new Resource(ResourceKind.Cgroup, _record.CgroupPath);
        if (network.HostEnd is { } link)
        {
            journal.Record(cgroup, new Resource(ResourceKind.Link, ResourceRelease.LinkName(link, _record.Id)));
        }
        else
        {
            journal.Record(cgroup);
        }
    }
}
