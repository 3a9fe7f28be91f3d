using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Commands;

/// <summary><c>kill</c>, <c>stop</c> and <c>restart</c>.</summary>
public static class ContainerSignals
{
    private const int DefaultPatience = 10;

    /// <summary>Sends a signal to the container's init; KILL reaches a paused one too.</summary>
    public static void Kill(EngineRoots roots, string container, string signal)
    {
        Reconciler.Run(roots);
        var number = Number("-s, --signal", signal);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        var state = store.LoadState(record.Id);
        var ends = number == Signals.SIGKILL || number == Number("--stop-signal", record.StopSignal);
        if (ends)
        {
            store.SetWantedStopped(record.Id, stopped: true);
        }

        if (!state.IsAlive)
        {
            if (state.IsBetweenRuns)
            {
                MonitorSession.Poke(roots, record.Id);
                WaitForEnd(roots, record, state);
                return;
            }

            throw NotRunning(record);
        }

        Send(roots, record, state, number);
        if (ends)
        {
            Thaw(record);
        }

        if (number == Signals.SIGKILL)
        {
            WaitForEnd(roots, record, state);
        }
    }

    /// <summary>Asks it to end, and ends it when the time is up. One that does not run is left as it is.</summary>
    /// <param name="seconds">null: what it was made with, else 10; -1: for ever.</param>
    public static void Stop(EngineRoots roots, string container, int? seconds, string? signal)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        var state = store.LoadState(record.Id);
        store.SetWantedStopped(record.Id, stopped: true);
        if (!state.IsAlive)
        {
            if (state.IsBetweenRuns)
            {
                MonitorSession.Poke(roots, record.Id);
                WaitForEnd(roots, record, state);
                ContainerEvents.Write(roots, record, "stop");
            }

            return;
        }

        var number = Number("-s, --signal", signal ?? record.StopSignal);
        var patience = seconds ?? record.Options.StopTimeout ?? record.ImageConfig?.StopTimeout ?? DefaultPatience;
        using var init = state.Init.TryOpen();
        Send(roots, record, state, number);
        Thaw(record);
        if (init is not null && !WaitForEnd(init, patience))
        {
            Send(roots, record, state, Signals.SIGKILL);
        }

        WaitForEnd(roots, record, state);
        ContainerEvents.Write(roots, record, "stop");
    }

    public static void Restart(EngineRoots roots, string container, int? seconds, string? signal)
    {
        var record = new ContainerStore(roots).Find(container);
        Stop(roots, record.Id, seconds, signal);
        ContainerStart.Run(roots, record.Id);
        ContainerEvents.Write(roots, record, "restart");
    }

    internal static EngineException NotRunning(ContainerRecord record) => new($"container {record.Name} is not running", exitCode: 1);

    /// <summary>Waits until the monitor has put everything away; without one, until the container's process is gone.</summary>
    internal static void WaitForEnd(EngineRoots roots, ContainerRecord record, ContainerState state)
    {
        const int Patience = 30_000;
        using (var init = state.Init.TryOpen())
        {
            if (init?.WaitForEnd(Patience) == false)
            {
                throw new EngineException($"container {record.Name} was killed and does not end: a process of it waits in the kernel, such as for a disk or a network file system", exitCode: 1);
            }
        }

        using (var monitor = state.Monitor.TryOpen())
        {
            if (monitor?.WaitForEnd(Patience) == false)
            {
                throw new EngineException($"container {record.Name} has ended, and its monitor (process {state.MonitorPid}) does not; kill that one, and the next command puts things right", exitCode: 1);
            }
        }

        Reconciler.Run(roots);
    }

    private static int Number(string option, string signal)
        => Signals.TryParse(signal, out var number) ? number : throw new OptionException(option, signal, "no such signal; use a name such as TERM, or a number");

    /// <summary>The event comes first: what the container does of it, its monitor may tell at once.</summary>
    private static void Send(EngineRoots roots, ContainerRecord record, ContainerState state, int signal)
    {
        using var init = state.Init.TryOpen();
        if (init is null)
        {
            return;
        }

        ContainerEvents.Write(roots, record, "kill", ("signal", signal));
        var errno = init.TrySend(signal);
        if (errno is not (Errno.None or Errno.ESRCH))
        {
            throw new KernelException("signal", record.Name, errno);
        }
    }

    private static bool WaitForEnd(PidFd init, int seconds)
    {
        if (seconds >= 0)
        {
            return seconds > 0 && init.WaitForEnd(seconds * 1000);
        }

        while (!init.WaitForEnd(60_000))
        {
            // for ever, as was asked for
        }

        return true;
    }

    /// <summary>A frozen container takes no signal: it has to go on to hear that it should end.</summary>
    private static void Thaw(ContainerRecord record)
    {
        try
        {
            var cgroup = new Cgroup(CgroupLayout.Host, record.CgroupPath);
            if (cgroup.IsFrozen())
            {
                cgroup.Thaw();
            }
        }
        catch (CgroupException)
        {
            // it has ended meanwhile, or there is no freezer and it was never frozen
        }
    }
}
