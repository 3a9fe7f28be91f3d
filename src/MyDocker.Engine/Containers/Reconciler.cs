using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Containers;

/// <summary>
/// Puts right what a killed process of ours left: every journal that nobody holds is undone. Each command does this first.
/// </summary>
public static class Reconciler
{
    /// <summary>Returns what was repaired, a line each.</summary>
    public static IReadOnlyList<string> Run(EngineRoots roots)
    {
        var store = new ContainerStore(roots);
        var report = new List<string>();
        foreach (var id in Files.List($"{roots.State}/journal"))
        {
            using var journal = ResourceJournal.TryTakeOver(store.JournalPath(id));
            if (journal is not null)
            {
                Repair(store, id, journal, report);
            }
        }

        return report;
    }

    private static void Repair(ContainerStore store, string id, ResourceJournal journal, List<string> report)
    {
        var (_, created) = journal.Read();
        var state = LoadState(store, id);
        if (state is not null && ProcessTable.IsAlive(state))
        {
            return; // it runs, without a monitor; nothing of it is a left-over
        }

        var record = created ? store.TryLoad(id) : null;
        if (record is not null && state is { Status: not "exited" })
        {
            store.SaveFinalState(id, new ContainerState
            {
                Status = "exited",
                Started = state.Started,
                Finished = DateTimeOffset.UtcNow,
                Reason = "its monitor was killed; nobody saw the exit code",
            });
        }

        journal.Record(new Resource(ResourceKind.Directory, store.Roots.StateDirectory(id)));
        var failures = journal.Undo(alsoContainer: record is null || record.Options.AutoRemove, ResourceRelease.Try);
        var line = failures.Count == 0 ? $"container {id[..12]}: put right what a killed process of the engine left" : $"container {id[..12]}: {string.Join("; ", failures)}";
        EngineLog.Write(failures.Count == 0 ? LogLevel.Info : LogLevel.Warn, line);
        report.Add(line);
    }

    /// <summary>A state file that cannot be read must not keep the host from being cleaned.</summary>
    private static ContainerState? LoadState(ContainerStore store, string id)
    {
        try
        {
            return store.LoadState(id);
        }
        catch (EngineException)
        {
            return null;
        }
    }
}
