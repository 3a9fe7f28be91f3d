using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker wait</c>: blocks until a container has ended for good, and tells its exit code.</summary>
public static class ContainerWait
{
    /// <summary>The exit code; of one that was never started that of its failed start, or 0, as docker has it.</summary>
    /// <exception cref="EngineException">it ended and nobody saw how.</exception>
    public static int Run(EngineRoots roots, string container)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        while (true)
        {
            var state = store.LoadState(record.Id);
            if (!state.IsAlive && !state.IsBetweenRuns)
            {
                break;
            }

            using var socket = MonitorSession.TryConnect(roots, record.Id);
            if (socket is null && state.Monitor.IsAlive)
            {
                Thread.Sleep(1); // it has just ended: what it has to say stands in its file in a moment
                continue;
            }

            if (socket is null)
            {
                WaitForOrphan(state);
                Reconciler.Run(roots);
                continue;
            }

            using var client = new AttachClient(socket, new AttachOptions { Stdout = false, Stderr = false, ProxySignals = false });
            client.SendHello();
            var result = client.Run();
            if (result is { Outcome: AttachOutcome.Exited, Code: not AttachResult.UnknownCode })
            {
                return result.Code;
            }

            if (result.Outcome == AttachOutcome.Interrupted)
            {
                throw new EngineException($"ended by {result.Message}", result.Code);
            }

            Reconciler.Run(roots); // its monitor is gone
        }

        if (store.TryLoad(record.Id) is not null && store.LoadState(record.Id) is { Status: ContainerStatus.Created } never)
        {
            return never.ExitCode ?? 0;
        }

        return TryExitCode(store, record.Id) ?? throw new EngineException($"container {record.Name} has ended, and its exit code is not known: {store.LoadState(record.Id).Reason ?? "it was removed"}", exitCode: 1);
    }

    internal static int? TryExitCode(ContainerStore store, string id) => store.LoadState(id) is { Status: ContainerStatus.Exited } state ? state.ExitCode : null;

    private static void WaitForOrphan(ContainerState state)
    {
        using var init = state.Init.TryOpen();
        while (init?.WaitForEnd(1000) == false)
        {
            // without a monitor only the process itself tells
        }
    }
}
