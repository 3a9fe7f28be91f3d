using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Monitor;

/// <summary>What others want of the monitor, and the time between two runs.</summary>
public sealed partial class ContainerMonitor
{
    private void OnMemoryLimit()
    {
        if (_run!.ReadUnderOom() && _record.Options.OomPause && !_state.OomPaused)
        {
            _state.OomPaused = true;
            SaveRunning();
            Tell("oom");
        }
    }

    /// <summary>On cgroup v2 it is the guard that pauses, and that sees when somebody lets it go on.</summary>
    private void OnPaused(bool isPaused)
    {
        _state.OomPaused = isPaused;
        if (_state.Pid != 0)
        {
            SaveRunning();
        }

        if (isPaused)
        {
            Tell("oom");
        }
    }

    private void OnHealth(bool isNew)
    {
        SaveRunning(alsoLasting: false);
        if (isNew)
        {
            Tell($"health_status: {_state.Health!.Status}");
        }
    }

    private void Signal(int signal)
    {
        if (_run is not null)
        {
            new PidFd(_run.PidFd).TrySend(signal);
        }
        else
        {
            _earlySignal = signal;
            StopWaiting(); // between two runs: who ends it means the whole of it
        }
    }

    /// <summary>In the middle of a start that takes long: who waits for it may have gone, or may want it to end.</summary>
    private void Attend()
    {
        _loop.RunOnce(0);
        if (_foregroundLost && _state.MonitorPid == 0)
        {
            throw new StartInterruptedException("the command that started the container is gone");
        }

        if (_earlySignal is Signals.SIGHUP or Signals.SIGINT or Signals.SIGQUIT or Signals.SIGTERM)
        {
            throw new StartInterruptedException($"{_record.Name}: ended before it started, as its image was being copied", 128 + _earlySignal);
        }
    }

    /// <summary>Something on disk has changed: the record (name, limits, policy), or whether it is wanted to run.</summary>
    private void Reload()
    {
        try
        {
            _record = _store.TryLoad(_record.Id) ?? _record;
        }
        catch (EngineException)
        {
            // damaged: what was read at the start is still right
        }

        if (_state.Status == ContainerStatus.Running && _state.OomPaused && _guard is null && _run is not null && _run.Cgroup.Memory() is { UnderOom: false })
        {
            _state.OomPaused = false;
            SaveRunning();
        }

        if (_store.IsWantedStopped(_record.Id))
        {
            StopWaiting();
        }
    }

    private void AwaitRestart(TimeSpan delay)
    {
        _state.Status = ContainerStatus.Restarting;
        SaveRunning();
        _isRunDrained = _isRestartDue = false;
        _io.ReportRunEnded();
        _restart ??= NewTimer();
        _restart.Set(delay);
    }

    private TimerFd NewTimer()
    {
        var timer = new TimerFd();
        _loop.Add(timer.Fd, EpollEvents.EPOLLIN, _ =>
        {
            timer.Read();
            _isRestartDue = true;
            StartAgain();
        });
        return timer;
    }

    private void OnRunDrained()
    {
        _isRunDrained = true;
        StartAgain();
    }

    /// <summary>Once the time has come and the last run's output is with everybody who is waited for.</summary>
    private void StartAgain()
    {
        if (!_isRunDrained || !_isRestartDue || _state.Status != ContainerStatus.Restarting)
        {
            return;
        }

        try
        {
            _earlySignal = 0;
            Start();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var (message, code) = StartFailure.Explain(_record, e);
            End(code, message);
        }
    }

    /// <summary>It was to start again, and is not wanted to any more.</summary>
    private void StopWaiting()
    {
        if (_state.Status == ContainerStatus.Restarting)
        {
            _restart?.Disarm();
            End(_state.ExitCode, _state.Reason);
        }
    }

    private void End(int? code, string? reason)
    {
        RecordEnd(code, _state.Signal, reason);
        if (_record.IsKept)
        {
            SaveFinal();
        }

        _journal.Undo(_record.Options.AutoRemove, ResourceRelease.Try, resource => resource.Kind != Runtime.State.ResourceKind.Directory);
        _io.ReportExited(code ?? AttachResult.UnknownCode, reason ?? "");
    }
}
