using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Commands;

public sealed record AttachRequest
{
    public bool NoStdin { get; init; }
    public bool ProxySignals { get; init; } = true;
    public string? DetachKeys { get; init; }
}

/// <summary><c>mydocker attach</c>: one more reader and writer of a container's streams. Too slow a reader misses output; nobody waits for it.</summary>
public static class ContainerAttach
{
    /// <summary>Returns the exit code for the shell.</summary>
    public static int Run(EngineRoots roots, string container, AttachRequest request)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        var state = store.LoadState(record.Id);
        var waits = state.IsBetweenRuns;
        if (!state.IsAlive && !waits)
        {
            throw new EngineException($"container {record.Name} is not running; start it first: mydocker start -a {record.Name}", exitCode: 1);
        }

        if (!waits && new Cgroup(CgroupLayout.Host, record.CgroupPath).IsFrozen())
        {
            throw new EngineException($"container {record.Name} is paused; let it go on first: mydocker unpause {record.Name}", exitCode: 1);
        }

        using var socket = MonitorSession.TryConnect(roots, record.Id)
            ?? throw new EngineException($"container {record.Name} runs, but its monitor was killed and its streams with it; 'mydocker restart {record.Name}' gives it new ones", exitCode: 1);
        var interactive = record.Options.Interactive && !request.NoStdin;
        if (interactive && record.Options.Terminal && !Terminal.IsTerminal(0))
        {
            throw new EngineException($"{record.Name} has a terminal, and standard input here is none; use --no-stdin", exitCode: 1);
        }

        ContainerEvents.Write(roots, record, "attach");
        using var client = new AttachClient(socket, new AttachOptions
        {
            Interactive = interactive,
            Terminal = record.Options.Terminal,
            ProxySignals = request.ProxySignals,
            DetachKeys = MonitorSession.KeysOf(request.DetachKeys),
        });
        client.SendHello();
        var result = client.Run();
        if (result.Outcome == AttachOutcome.Detached)
        {
            ContainerEvents.Write(roots, record, "detach");
        }

        return result.Outcome == AttachOutcome.MonitorLost && ContainerWait.TryExitCode(store, record.Id) is { } code ? code : MonitorSession.ExitCodeOf(record, result);
    }
}
