using MyDocker.Engine.Attach;
using MyDocker.Engine.Commands;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Containers;

/// <summary>
/// Puts right what a killed process of ours left: every journal that nobody holds is undone, unless its container runs; then that
/// gets another monitor. Each command does this first.
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
        var state = store.LoadState(id);
        if (state.IsAlive)
        {
            Adopt(store, id, journal, report);
            return;
        }

        var keeps = created && IsKept(store, id);
        if (keeps && !TrySaveEnd(store, id, EndOf(state)))
        {
            // A full disk: the end stays where it is known, and with it the journal, until there is room.
            journal.Undo(alsoContainer: false, ResourceRelease.Try, resource => resource.Kind != ResourceKind.Directory);
            return;
        }

        journal.Record(new Resource(ResourceKind.Directory, store.Roots.StateDirectory(id)));
        var failures = journal.Undo(alsoContainer: !keeps, ResourceRelease.Try);
        var line = failures.Count == 0 ? $"container {id[..12]}: put right what a killed process of the engine left" : $"container {id[..12]}: {string.Join("; ", failures)}";
        EngineLog.Write(failures.Count == 0 ? LogLevel.Info : LogLevel.Warn, line);
        report.Add(line);
    }

    /// <summary>It runs, without a monitor: nothing of it is a left-over. Without another one it runs on, and the next command tries again.</summary>
    private static void Adopt(ContainerStore store, string id, ResourceJournal journal, List<string> report)
    {
        string? failure;
        try
        {
            var result = MonitorSession.Adopt(store.Roots, id, journal);
            failure = result.Outcome == AttachOutcome.Detached ? null : result.Message;
        }
        catch (Exception e) when (e is KernelException or EngineException)
        {
            failure = e.Message;
        }

        var line = failure is null ? $"container {id[..12]}: its monitor was killed; another one has taken its place" : $"container {id[..12]}: its monitor was killed, and no other could take its place: {failure}";
        EngineLog.Write(failure is null ? LogLevel.Info : LogLevel.Warn, line);
        report.Add(line);
    }

    private static ContainerState EndOf(ContainerState state) => state.Status is ContainerStatus.Exited or ContainerStatus.Created ? state : state with
    {
        Status = ContainerStatus.Exited,
        Pid = 0,
        MonitorPid = 0,
        OomPaused = false,
        ExitCode = state.Status == ContainerStatus.Restarting ? state.ExitCode : null,
        Finished = state.Finished ?? DateTimeOffset.UtcNow,
        Reason = state.Status == ContainerStatus.Restarting ? "its monitor was killed before it could start it again" : ContainerState.UnseenEnd,
    };

    private static bool TrySaveEnd(ContainerStore store, string id, ContainerState end)
    {
        try
        {
            if (!store.IsEndSaved(id, end))
            {
                store.SaveFinalState(id, end);
            }

            return true;
        }
        catch (KernelException e) when (e.Errno is Errno.ENOSPC or Errno.EDQUOT or Errno.EROFS)
        {
            return false;
        }
    }

    /// <summary>A damaged record is no reason to throw a container's files away.</summary>
    private static bool IsKept(ContainerStore store, string id)
    {
        try
        {
            return store.TryLoad(id) is { IsKept: true };
        }
        catch (EngineException)
        {
            return true;
        }
    }
}
