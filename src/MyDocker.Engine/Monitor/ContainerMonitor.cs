using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Logs;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Monitor;

/// <summary>
/// The process beside every running container and parent of its init. One thread, one loop:
/// <list type="number">
/// <item>reads the container's record, starts a run of it (<see cref="MonitoredRun"/>);</item>
/// <item>forwards streams and signals to who is attached, writes the log, watches for the memory limit;</item>
/// <item>when init has ended: reads why from the cgroup, undoes what the run made, and by the restart policy waits and begins
/// again, or</item>
/// <item>undoes the rest of the journal and tells the exit code to who is attached.</item>
/// </list>
/// What it knows lies in files, what is wanted of it too: a command changes them and says so (Reload).
/// </summary>
public sealed partial class ContainerMonitor : IDisposable
{
    private readonly EngineRoots _roots;
    private readonly ContainerStore _store;
    private readonly ResourceJournal _journal;
    private readonly EventJournal _events;
    private readonly EventLoop _loop = new();
    private readonly ContainerIo _io;
    private readonly IDisposable? _log;
    private readonly ContainerState _state;
    private readonly RestartPolicy _policy;

    /// <summary>It was there before this start and stays whatever comes of it.</summary>
    private readonly bool _existed;

    private ContainerRecord _record;
    private MonitoredRun? _run;
    private HealthChecks? _health;
    private MemoryGuard? _guard;
    private TimerFd? _restart;
    private bool _isRunDrained;
    private bool _isRestartDue;
    private bool _foregroundLost;

    /// <summary>How it ended stands in the state root only: no room where it belongs.</summary>
    private bool _isEndUnsaved;
    private int _earlySignal;

    /// <summary>What a restart policy and an event are told where nobody saw it: no success, as docker has it.</summary>
    private const int UnknownExitCode = 255;

    private ContainerMonitor(EngineRoots roots, ContainerRecord record, ContainerState state, ResourceJournal journal, Fd client)
    {
        _roots = roots;
        _store = new ContainerStore(roots);
        _record = record;
        _state = state;
        _policy = new RestartPolicy(state.RestartCount);
        _journal = journal;
        _events = new EventJournal(roots);
        _existed = journal.Read().Created;
        (_log, var sink) = OpenLog();
        _io = new ContainerIo(_loop, sink, closeInputWithClient: !record.Options.Detach)
        {
            SignalRequested = Signal,
            ReloadRequested = Reload,
            RunDrained = OnRunDrained,
            Drained = _loop.Stop,
        };
        _io.ClientGone = (_, tookLeave) => _foregroundLost |= !tookLeave;
        _io.Attach(client, ClientPolicy.Lossless);
        const int UntilItComes = -1, WhatIsThere = 0;
        for (var wait = UntilItComes; _loop.RunOnce(wait) > 0; wait = WhatIsThere)
        {
            // the client's hello, which follows the journal: what it takes, and the size of its terminal
        }
    }

    /// <summary>Looks after one container from start to end. Returns the exit code of the monitor process itself.</summary>
    /// <param name="client">socket of the command that makes the container, and waits for it.</param>
    /// <param name="adopts">it runs already, and the monitor that started it is gone.</param>
    public static int Run(EngineRoots roots, string id, Fd client, bool adopts)
    {
        if (PendingMonitor.TakeOver(client) is not { } journal)
        {
            return 0;
        }

        PhaseClock.Mark("wait for the container");
        var store = new ContainerStore(roots);
        var record = store.TryLoad(id) ?? throw new EngineException($"container {id} has no record");
        using var monitor = new ContainerMonitor(roots, record, adopts ? store.LoadState(id) : new ContainerState(), ResourceJournal.Inherited(store.JournalPath(id), journal), client);
        PhaseClock.Mark("record and log");
        return adopts ? monitor.RunAdopted() : monitor.Run();
    }

    public void Dispose()
    {
        _health?.Dispose();
        _guard?.Dispose();
        _run?.Dispose();
        _io.Dispose();
        _log?.Dispose();
        _restart?.Dispose();
        _leavingLink?.Dispose();
        _loop.Dispose();
        _journal.Dispose();
    }

    /// <summary>Nothing is opened before there is something to write.</summary>
    private (IDisposable? Log, OutputSink? Sink) OpenLog()
    {
        var options = _record.Options.Log;
        switch (options.Driver)
        {
            case LogOptions.JsonFile:
                var file = new JsonFileLog(LogFiles.Current(_roots, _record.Id), options.MaxSize, options.MaxFiles);
                return (file, file.Write);
            case LogOptions.Journald:
                var journal = new JournaldLog(_record);
                return (journal, journal.Write);
            default:
                return (null, null);
        }
    }

    private int Run()
    {
        try
        {
            Start();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Fail(e);
        }

        _store.MakeDurable(_record);
        return LookAfter();
    }

    private int LookAfter()
    {
        var memory = new IdleMemory();
        _loop.Run(IdleMemory.After, () => memory.IsWorthIt, memory.GiveBack);
        if (_isEndUnsaved)
        {
            return 0; // the next command has the journal, and with it the end to put where it belongs
        }

        Release(_record.Options.AutoRemove);
        if (_record.Options.AutoRemove)
        {
            Tell("destroy");
        }

        return 0;
    }

    private void Start()
    {
        _run = MonitoredRun.Start(_roots, _record, _journal, _io, Attend);
        OnStarted();
    }

    private void OnStarted()
    {
        _state.Status = ContainerStatus.Running;
        _state.Pid = _run!.Pid;
        _state.PidStartTime = ProcessIdentity.Of(_run.Pid).StartTime;
        _state.FirstHostId = _run.FirstHostId;
        _state.Started = DateTimeOffset.UtcNow;
        _state.RestartCount = _policy.Count;
        (_state.ExitCode, _state.Signal, _state.OomKilled, _state.OomPaused, _state.Reason, _state.Finished) = (null, 0, false, false, null, null);
        var isFirst = _state.MonitorPid == 0;
        if (isFirst)
        {
            TakePlace();
        }

        _state.Health = null;
        StartHealthChecks();
        SaveRunning();
        if (isFirst && _record.IsKept)
        {
            _journal.RecordCreated();
        }

        if (isFirst && !_existed)
        {
            var created = NewEvent("create");
            created.TimeNano = EngineEvent.Nano(_record.Created);
            _events.Write(created, NewEvent("start"));
        }
        else
        {
            Tell("start");
        }

        if (isFirst)
        {
            PhaseClock.Mark("state and events");
            PhaseClock.Flush();
            _io.ReportStarted();
        }

        WatchRun(); // not before: a child that is frozen never says that it executes
    }

    /// <summary>Commands find it from here on.</summary>
    private void TakePlace()
    {
        var self = ProcessIdentity.Of(Environment.ProcessId);
        (_state.MonitorPid, _state.MonitorStartTime) = (self.Pid, self.StartTime);
        _io.Listen(UnixSockets.Listen(_store.SocketPath(_record.Id)));
    }

    private void StartHealthChecks()
        => _health = HealthSelection.For(_record) is { } health ? new HealthChecks(_roots, _loop, _record, _state, health, OnHealth) : null;

    private void WatchRun()
    {
        _loop.Add(_run!.PidFd, EpollEvents.EPOLLIN, _ => OnExit());
        if (_run.MemoryLimit is { } limit)
        {
            _loop.Add(limit, EpollEvents.EPOLLIN, _ => OnMemoryLimit());
        }

        _guard = _run.IsGuarded ? new MemoryGuard(_loop, _run.Cgroup, OnPaused, _state.OomPaused) : null;
    }

    /// <summary>
    /// It did not start: who waits hears why, and so does whoever looks at the container later, which stays, but with --rm. Nobody
    /// wants the one that was ended before it had begun.
    /// </summary>
    private int Fail(Exception failure)
    {
        var (message, code) = StartFailure.Explain(_record, failure);
        var stays = _record.IsKept && (_existed || !StartFailure.IsInterruption(failure));
        if (stays)
        {
            var last = _store.LoadState(_record.Id);
            _state.Started = last.Started;
            RecordEnd(code, 0, message);
            if (last.Status == ContainerStatus.Created)
            {
                (_state.Status, _state.Finished) = (ContainerStatus.Created, null);
            }

            SaveFinal();
        }

        if (stays && !_existed)
        {
            _store.MakeDurable(_record);
            _journal.RecordCreated();
            Tell("create");
        }

        Release(alsoContainer: !stays);
        _io.ReportFailed(message, code);
        Flush();
        return code;
    }

    private void OnExit()
    {
        _loop.Remove(_run!.PidFd);
        _health?.Dispose();
        _health = null;
        var exit = _run.TakeExit();
        PhaseClock.Mark("the command");
        var memory = _run.Cgroup.Memory();
        var ran = DateTimeOffset.UtcNow - _state.Started!.Value;
        var killedForMemory = memory is { OomKills: > 0 };
        RecordEnd(exit?.ShellCode, exit?.Signal ?? 0, killedForMemory ? OomReport.Describe(_record, memory!) : exit is null ? ContainerState.UnseenEnd : null);
        _state.OomKilled = killedForMemory;
        Reload(); // what a command wrote down just before it ended the container counts
        var code = exit?.ShellCode ?? UnknownExitCode;
        var delay = _policy.Next(_record.Options.Restart, code, ran, _store.IsWantedStopped(_record.Id));
        if (delay is null && _record.IsKept)
        {
            SaveFinal();
        }

        // Processes, links, addresses and the name are free when the command returns, and with --rm nobody finds the container any
        // more; its files are removed after that, which takes a file system milliseconds for each directory.
        EndRun(keepClaims: delay is not null);
        if (_record.Options.AutoRemove)
        {
            _store.Forget(_record.Id);
        }

        if (killedForMemory)
        {
            Tell("oom");
        }

        Tell("die", ("exitCode", code), ("execDuration", (long)ran.TotalSeconds));
        if (delay is { } wait)
        {
            AwaitRestart(wait);
        }
        else
        {
            PhaseClock.Mark("end of the run");
            PhaseClock.Flush();
            _io.ReportExited(exit is null ? AttachResult.UnknownCode : code, _state.Reason ?? "");
        }
    }

    private void RecordEnd(int? exitCode, int signal, string? reason)
    {
        _state.Status = ContainerStatus.Exited;
        _state.ExitCode = exitCode;
        _state.Signal = signal;
        _state.Finished = DateTimeOffset.UtcNow;
        _state.OomPaused = false;
        _state.Reason = reason;
        _state.Pid = 0;
    }

    /// <summary>Gives the last message time to reach a client that is slow.</summary>
    private void Flush()
    {
        const int Patience = 2000;
        while (_io.ClientCount > 0 && _loop.RunOnce(Patience) > 0)
        {
        }
    }

    /// <summary>A full disk takes nothing away from the container: what is known stays in this process, and the next change is tried again.</summary>
    private void SaveRunning(bool alsoLasting = true)
    {
        try
        {
            _store.SaveRunningState(_record.Id, _state, alsoLasting && _record.IsKept);
        }
        catch (KernelException)
        {
        }
    }

    private void SaveFinal()
    {
        try
        {
            _store.SaveFinalState(_record.Id, _state);
            _isEndUnsaved = false;
        }
        catch (KernelException)
        {
            _isEndUnsaved = true;
            SaveRunning(alsoLasting: false); // another file system, which may have room: the next command finds it there
        }
    }

    private void Tell(string action, params ReadOnlySpan<(string Key, object Value)> details) => _events.Write(NewEvent(action, details));

    private EngineEvent NewEvent(string action, params ReadOnlySpan<(string Key, object Value)> details) => ContainerEvents.New(_record, action, details);
}
