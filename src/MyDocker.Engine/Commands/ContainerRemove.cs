using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Volumes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker rm</c>: takes away a container that does not run: its files, then its name.</summary>
public static class ContainerRemove
{
    public static bool IsThere(EngineRoots roots, string container) => new ContainerStore(roots).IsThere(container);

    /// <param name="volumes">its anonymous volumes, too.</param>
    /// <param name="force">one that runs is killed first; one whose record is damaged goes too.</param>
    public static void Run(EngineRoots roots, string container, bool force, bool volumes)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var id = store.FindId(container);
        var record = LoadOrStub(store, id, force);
        var state = LoadState(store, id);
        if (state is { IsBetweenRuns: true, Status: ContainerStatus.Running })
        {
            ContainerSignals.WaitForEnd(roots, record, state); // it has just ended
        }
        else if (state.IsAlive || state.IsBetweenRuns)
        {
            if (!force)
            {
                throw new EngineException($"container {record.Name} is {(state.IsAlive ? "running" : "restarting")}; stop it first (mydocker stop {record.Name}), or use -f", exitCode: 1);
            }

            End(roots, record);
        }

        // The monitor of one with --rm has removed it, or is just about to.
        if (Files.Exists(roots.ContainerDirectory(id)))
        {
            Remove(store, record, volumes);
        }
    }

    private static void End(EngineRoots roots, ContainerRecord record)
    {
        try
        {
            ContainerSignals.Kill(roots, record.Id, "KILL");
        }
        catch (EngineException e) when (e.ExitCode == 1)
        {
            // it has ended by itself meanwhile
        }
    }

    private static void Remove(ContainerStore store, ContainerRecord record, bool volumes)
    {
        var roots = store.Roots;
        using var journal = TakeJournal(store, record);

        // Written down first: a removal that is interrupted is finished by the next command.
        journal.Record(
            new Resource(ResourceKind.Claim, Claims.NameOf(store.NamePath(record.Name), record.Id), OutlivesRun: true),
            new Resource(ResourceKind.Directory, roots.ContainerDirectory(record.Id), OutlivesRun: true),
            new Resource(ResourceKind.Directory, roots.StateDirectory(record.Id)));
        using var hold = volumes ? new VolumeStore(roots).Hold() : null;
        foreach (var volume in volumes ? VolumeMounts.OwnOf(roots, record) : [])
        {
            journal.Record(new Resource(ResourceKind.Directory, new VolumeStore(roots).DirectoryOf(volume), OutlivesRun: true));
        }

        var failures = journal.Undo(alsoContainer: true, ResourceRelease.Try);
        if (failures.Count > 0)
        {
            throw new EngineException($"remove {record.Name}: {string.Join("; ", failures)}", exitCode: 1);
        }

        ContainerEvents.Write(roots, record, "destroy");
    }

    /// <summary>Nobody starts it while it is being removed.</summary>
    private static ResourceJournal TakeJournal(ContainerStore store, ContainerRecord record)
    {
        const int Patience = 10_000;
        for (var until = Environment.TickCount64 + Patience; ;)
        {
            if (ResourceJournal.TryCreate(store.JournalPath(record.Id)) is { } journal)
            {
                return journal;
            }

            if (LoadState(store, record.Id).IsAlive || Environment.TickCount64 > until)
            {
                throw new EngineException($"container {record.Name} was just started, or its monitor is busy; try again", exitCode: 1);
            }

            Thread.Sleep(2);
        }
    }

    /// <summary>A container whose record cannot be read is one nevertheless, for who says -f.</summary>
    private static ContainerRecord LoadOrStub(ContainerStore store, string id, bool force)
    {
        try
        {
            return store.TryLoad(id) ?? new ContainerRecord { Id = id, Name = store.NameOf(id) ?? id[..12] };
        }
        catch (EngineException) when (force)
        {
            return new ContainerRecord { Id = id, Name = store.NameOf(id) ?? id[..12] };
        }
    }

    private static ContainerState LoadState(ContainerStore store, string id)
    {
        try
        {
            return store.LoadState(id);
        }
        catch (EngineException)
        {
            return new ContainerState();
        }
    }
}
