using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Kernel.Terminals;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker start</c>: a container that was created or has ended runs (again), with what it wrote before.</summary>
public static class ContainerStart
{
    private const int PassThrough = 0x1C9; // 0711

    /// <summary>In the background. One that runs already is left as it is.</summary>
    public static void Run(EngineRoots roots, string container)
    {
        using var journal = Prepare(roots, container, out var record);
        if (journal is not null)
        {
            MonitorSession.ExitCodeOf(record, MonitorSession.Start(roots, record, journal, MonitorSession.UntilStarted));
        }
    }

    /// <summary>-a, -i: attached until it ends. Returns the exit code for the shell.</summary>
    public static int RunAttached(EngineRoots roots, string container, bool attach, bool interactive, string? detachKeys)
    {
        var found = new ContainerStore(roots).Find(container);
        var terminal = found.Options.Terminal;
        interactive &= found.Options.Interactive;
        if (terminal && interactive && !Terminal.IsTerminal(0))
        {
            throw new EngineException($"{found.Name} has a terminal, and standard input here is none; leave -i out", exitCode: 1);
        }

        using var journal = Prepare(roots, found.Id, out var record);
        if (journal is null)
        {
            return ContainerAttach.Run(roots, found.Id, new AttachRequest { NoStdin = !interactive, DetachKeys = detachKeys });
        }

        var attachment = new AttachOptions { Interactive = interactive, Terminal = terminal, Stdout = attach || interactive, Stderr = attach || interactive, DetachKeys = MonitorSession.KeysOf(detachKeys) };
        return MonitorSession.ExitCodeOf(record, MonitorSession.Start(roots, record, journal, attachment));
    }

    /// <summary>The journal of the run to come, locked; null if the container runs already.</summary>
    private static ResourceJournal? Prepare(EngineRoots roots, string container, out ContainerRecord record)
    {
        roots.Create();
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var id = store.Find(container).Id;
        var journal = TakeJournal(store, id);
        record = store.TryLoad(id) ?? throw new EngineException($"no such container: {container}; it was just removed", exitCode: 1);
        if (journal is null)
        {
            return null;
        }

        try
        {
            journal.Record(new Resource(ResourceKind.Directory, roots.StateDirectory(id)));
            journal.RecordCreated();
            ContainerLaunch.Check(roots, record);
            ContainerCreation.ClaimAddress(store, record, journal);
            ContainerCreation.MakeDirectory(roots.StateDirectory(id), PassThrough);
            store.SetWantedStopped(id, stopped: false);
            return journal;
        }
        catch
        {
            journal.Undo(alsoContainer: false, ResourceRelease.Try);
            journal.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whoever has it is the one that may start the container. A monitor that has told the exit code holds on to it a little
    /// longer, until all is put away.
    /// </summary>
    internal static ResourceJournal? TakeJournal(ContainerStore store, string id)
    {
        const int Patience = 10_000;
        var until = Environment.TickCount64 + Patience;
        while (true)
        {
            var state = store.LoadState(id);
            if (state.IsAlive || state is { IsBetweenRuns: true, Status: ContainerStatus.Restarting })
            {
                return null;
            }

            if (ResourceJournal.TryCreate(store.JournalPath(id)) is { } journal)
            {
                if (journal.Read().Resources.Count == 0)
                {
                    return journal;
                }

                journal.Dispose(); // somebody's left-over, since we looked
                Reconciler.Run(store.Roots);
            }
            else if (Environment.TickCount64 > until)
            {
                throw new EngineException($"container {id[..12]} is busy: its last run is still being put away, or files are copied; try again", exitCode: 1);
            }

            Thread.Sleep(2);
        }
    }
}
