using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Processes;

namespace MyDocker.Engine.Monitor;

/// <summary>
/// The health of one run of a container: a probe every interval, counted from the end of the last, as docker does. Wakes for
/// its timers and its probes' ends only.
/// </summary>
internal sealed class HealthChecks : IDisposable
{
    private const int Kept = 5;

    private readonly EngineRoots _roots;
    private readonly EventLoop _loop;
    private readonly ContainerRecord _record;
    private readonly ContainerState _state;
    private readonly HealthOption _option;
    private readonly Action<bool> _changed;
    private readonly TimerFd _timer = new();
    private HealthProbeRun? _probe;

    /// <param name="changed">after each probe; true: with another status than before.</param>
    public HealthChecks(EngineRoots roots, EventLoop loop, ContainerRecord record, ContainerState state, HealthOption option, Action<bool> changed)
    {
        (_roots, _loop, _record, _state, _option, _changed) = (roots, loop, record, state, option, changed);
        _state.Health ??= new HealthState();
        _loop.Add(_timer.Fd, EpollEvents.EPOLLIN, _ => OnTimer());
        SetTimer();
    }

    private HealthState Health => _state.Health!;

    private bool IsInStartPeriod => Health.Status == "starting" && DateTimeOffset.UtcNow - _state.Started < Time(_option.StartPeriod);

    public void Dispose()
    {
        if (_probe is not null)
        {
            _probe.Kill();
            EndProbe();
        }

        _loop.Remove(_timer.Fd);
        _timer.Dispose();
    }

    private static TimeSpan Time(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / 100);

    private void SetTimer() => _timer.Set(Time(IsInStartPeriod ? _option.StartInterval : _option.Interval));

    /// <summary>Time for a probe; or the one under way has taken too long.</summary>
    private void OnTimer()
    {
        _timer.Read();
        if (_probe is { } slow)
        {
            slow.ReadOutput();
            slow.Kill();
            Judge(slow.Started, -1, $"Health check exceeded timeout ({Time(_option.Timeout).TotalSeconds:0.###}s): {slow.Text}");
            EndProbe();
            return;
        }

        var started = DateTimeOffset.UtcNow;
        try
        {
            _probe = HealthProbeRun.Start(_roots, _record, _state, _option);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Judge(started, -1, e.Message);
            SetTimer();
            return;
        }

        _timer.Set(Time(_option.Timeout));
        _loop.Add(_probe.PidFd, EpollEvents.EPOLLIN, _ => OnProbeEnd());
        _loop.Add(_probe.Output, EpollEvents.EPOLLIN, _ => OnOutput());
    }

    private void OnOutput()
    {
        if (!_probe!.ReadOutput())
        {
            _loop.Modify(_probe.Output, 0);
        }
    }

    private void OnProbeEnd()
    {
        _probe!.ReadOutput();
        Judge(_probe.Started, _probe.Wait(), _probe.Text);
        EndProbe();
    }

    private void EndProbe()
    {
        _loop.Remove(_probe!.PidFd);
        _loop.Remove(_probe.Output);
        _probe.Dispose();
        _probe = null;
        SetTimer();
    }

    private void Judge(DateTimeOffset started, int exitCode, string output)
    {
        var before = Health.Status;
        var isStarting = IsInStartPeriod;
        Health.Log.Add(new HealthProbe(started, DateTimeOffset.UtcNow, exitCode, output));
        if (Health.Log.Count > Kept)
        {
            Health.Log.RemoveAt(0);
        }

        if (exitCode == 0)
        {
            Health.FailingStreak = 0;
            Health.Status = "healthy";
        }
        else if (!isStarting)
        {
            Health.FailingStreak++;
            Health.Status = Health.FailingStreak >= _option.Retries ? "unhealthy" : before;
        }

        _changed(Health.Status != before);
    }
}
