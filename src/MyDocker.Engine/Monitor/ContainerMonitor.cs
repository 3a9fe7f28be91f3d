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

/// <summary>
/// The process beside every running container and parent of its init. One thread, one loop:
/// <list type="number">
/// <item>reads the container's record, takes a range of user ids, plans;</item>
/// <item>writes down in the journal what the run will make, launches, starts;</item>
/// <item>forwards streams and signals, watches for the memory limit;</item>
/// <item>when init has ended: reads why from the cgroup, undoes the journal, tells the exit code to who is attached.</item>
/// </list>
/// </summary>
public sealed class ContainerMonitor : IDisposable
{
    private readonly EngineRoots _roots;
    private readonly ContainerStore _store;
    private readonly ContainerRecord _record;
    private readonly ResourceJournal _journal;
    private readonly EventLoop _loop = new();
    private readonly ContainerIo _io;
    private readonly ContainerState _state = new();
    private readonly Cgroup _cgroup;
    private UserRange? _users;
    private LaunchedContainer? _container;
    private OomWatch? _oom;
    private MemoryGuard? _guard;
    private bool _foregroundLost;
    private int _earlySignal;

    private ContainerMonitor(EngineRoots roots, ContainerRecord record, ResourceJournal journal, Fd? client)
    {
        _roots = roots;
        _store = new ContainerStore(roots);
        _record = record;
        _journal = journal;
        _cgroup = new Cgroup(CgroupLayout.Detect(), record.CgroupPath);
        _io = new ContainerIo(_loop, sink: null) { SignalRequested = Signal, Drained = _loop.Stop };
        if (client is not null)
        {
            _io.ClientGone = (_, tookLeave) => _foregroundLost |= !tookLeave;
            _io.Attach(client, ClientPolicy.Lossless);
            while (_loop.RunOnce(0) > 0)
            {
                // the client's hello is waiting in its socket: the size of its terminal
            }
        }
    }

    /// <summary>Looks after one container from start to end. Returns the exit code of the monitor process itself.</summary>
    /// <param name="client">socket of the command that waits for the container, or null.</param>
    /// <param name="journal">the container's journal, locked.</param>
    public static int Run(EngineRoots roots, string id, Fd? client, Fd journal)
    {
        var store = new ContainerStore(roots);
        var record = store.TryLoad(id) ?? throw new EngineException($"container {id} has no record");
        using var monitor = new ContainerMonitor(roots, record, ResourceJournal.Inherited(store.JournalPath(id), journal), client);
        return monitor.Run();
    }

    public void Dispose()
    {
        _oom?.Dispose();
        _guard?.Dispose();
        _container?.Dispose();
        _io.Dispose();
        _users?.Dispose();
        _loop.Dispose();
        _journal.Dispose();
    }

    private int Run()
    {
        try
        {
            Start();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var (message, code) = StartFailure.Explain(_record, e);
            Release(alsoContainer: true);
            _io.ReportFailed(message, code);
            Flush();
            return code;
        }

        _loop.Run();
        Release(_record.Options.AutoRemove);
        return 0;
    }

    private void Start()
    {
        var network = ContainerLaunch.PlanNetwork(_record);
        Journal(network);
        var ownUsers = SpecBuilder.HasOwnUserNamespace(_record.Options);
        _users = ownUsers ? UserRange.Take(_record.Id) : null;
        _state.FirstHostId = _users?.FirstId ?? 0;

        using var ends = _record.Options.Terminal ? null : _io.OpenPipes(_record.Options.Interactive);
        using var nothing = ends is { Stdin: null } ? Files.Open("/dev/null", OpenFlags.O_RDWR) : null;
        ends?.ChangeOwner(_state.FirstHostId + _record.User.Uid, _state.FirstHostId + _record.User.Gid);
        ProcessStdio stdio = ends is null
            ? new ProcessStdio.Terminal(_io.RequestedSize?.Rows ?? 0, _io.RequestedSize?.Columns ?? 0)
            : new ProcessStdio.Given(ends.Stdin ?? nothing!, ends.Stdout, ends.Stderr);
        var unmapped = _users is null ? null : new UnmappedOwners(_roots, _record, _users.FirstId, _io.ReportWarning, Attend);
        var request = ContainerLaunch.Request(_roots, _record, stdio, _state.FirstHostId, network, unmapped?.Fallback);
        using var plan = LaunchPlanner.Plan(request);
        _container = Launcher.Launch(plan);
        _loop.RunOnce(0);
        if (_foregroundLost)
        {
            throw new EngineException("the command that started the container is gone");
        }

        WatchMemory();
        _container.Start();
        if (_container.Terminal is { } master)
        {
            _io.UseTerminal(master);
        }

        OnStarted();
    }

    /// <summary>What the run will make, before it is made. The container's own files are in the journal since its creation.</summary>
    private void Journal(NetworkPlan network)
    {
        var cgroup = new Resource(ResourceKind.Cgroup, _record.CgroupPath);
        if (network.HostEnd is { } link)
        {
            _journal.Record(cgroup, new Resource(ResourceKind.Link, ResourceRelease.LinkName(link, _record.Id)));
        }
        else
        {
            _journal.Record(cgroup);
        }
    }

    private void OnStarted()
    {
        _state.Status = "running";
        _state.Pid = _container!.Pid;
        _state.PidStartTime = ProcessTable.StartTimeOf(_container.Pid);
        _state.Started = DateTimeOffset.UtcNow;
        _store.SaveRunningState(_record.Id, _state);
        if (!_record.Options.AutoRemove)
        {
            _journal.RecordCreated();
        }

        _io.ReportStarted();
        _loop.Add(_container.PidFd, EpollEvents.EPOLLIN, _ => OnExit());
        if (IsGuarded)
        {
            _guard = new MemoryGuard(_loop, _cgroup, OnPaused); // not before: a child that is frozen never says that it executes
        }
    }

    private void WatchMemory()
    {
        if (_record.Options.Memory is null)
        {
            return;
        }

        if (!IsGuarded)
        {
            _oom = _cgroup.WatchOom();
            _loop.Add(_oom.Fd, EpollEvents.EPOLLIN, _ => OnMemoryLimit());
        }
    }

    /// <summary>-k on cgroup v2.</summary>
    private bool IsGuarded => _record.Options is { OomPause: true, Memory: not null } && _cgroup.Layout.Of(Controllers.Memory) is { IsV2: true };

    private void OnMemoryLimit()
    {
        var state = _oom!.Read();
        if (_record.Options.OomPause && state.UnderOom && !_state.OomPaused)
        {
            _state.OomPaused = true;
            _store.SaveRunningState(_record.Id, _state);
        }
    }

    private void OnPaused(bool isPaused)
    {
        _state.OomPaused = isPaused;
        if (_state.Pid != 0)
        {
            _store.SaveRunningState(_record.Id, _state);
        }
    }

    private void Signal(int signal)
    {
        if (_container is not null)
        {
            new PidFd(_container.PidFd).TrySend(signal);
        }
        else
        {
            _earlySignal = signal;
        }
    }

    /// <summary>In the middle of a start that takes long: who waits for it may have gone, or may want it to end.</summary>
    private void Attend()
    {
        _loop.RunOnce(0);
        if (_foregroundLost)
        {
            throw new EngineException("the command that started the container is gone");
        }

        if (_earlySignal is Signals.SIGHUP or Signals.SIGINT or Signals.SIGQUIT or Signals.SIGTERM)
        {
            throw new EngineException($"{_record.Name}: ended before it started, as its image was being copied", 128 + _earlySignal);
        }
    }

    private void OnExit()
    {
        _loop.Remove(_container!.PidFd);
        var exit = new PidFd(_container.PidFd).Wait();
        var memory = _cgroup.Memory();
        _state.Status = "exited";
        _state.ExitCode = exit.ShellCode;
        _state.Signal = exit.Signal;
        _state.Finished = DateTimeOffset.UtcNow;
        _state.OomKilled = memory is { OomKills: > 0 };
        _state.OomPaused = false;
        _state.Reason = _state.OomKilled ? OomReport.Describe(_record, memory!) : null;
        _state.Pid = 0;
        if (!_record.Options.AutoRemove)
        {
            _store.SaveFinalState(_record.Id, _state);
        }

        // Processes, links, addresses and the name are free when the command returns; its files are removed after that, which
        // takes a file system milliseconds for each directory.
        _journal.Undo(_record.Options.AutoRemove, ResourceRelease.Try, resource => resource.Kind != ResourceKind.Directory);
        _io.ReportExited(exit.ShellCode, _state.Reason ?? "");
    }

    /// <summary>What cannot be undone now stays in the journal and is tried again by the next command.</summary>
    private void Release(bool alsoContainer)
    {
        _journal.Undo(alsoContainer, ResourceRelease.Try);
    }

    /// <summary>Gives the last message time to reach a client that is slow.</summary>
    private void Flush()
    {
        const int Patience = 2000;
        while (_io.ClientCount > 0 && _loop.RunOnce(Patience) > 0)
        {
        }
    }
}
