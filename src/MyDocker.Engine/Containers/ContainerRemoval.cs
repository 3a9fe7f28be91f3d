using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.State;

namespace MyDocker.Engine.Containers;

/// <summary>Takes away a container that does not run: its files, then its name.</summary>
internal static class ContainerRemoval
{
    public static void Remove(ContainerStore store, ContainerRecord record)
    {
        var roots = store.Roots;

        // Written down first: a removal that is interrupted is finished by the next command.
        using var journal = ResourceJournal.Create(store.JournalPath(record.Id));
        journal.Record(
            new Resource(ResourceKind.Claim, Claims.NameOf(store.NamePath(record.Name), record.Id), OutlivesRun: true),
            new Resource(ResourceKind.Directory, roots.ContainerDirectory(record.Id), OutlivesRun: true),
            new Resource(ResourceKind.Directory, roots.StateDirectory(record.Id)));
        var failures = journal.Undo(alsoContainer: true, ResourceRelease.Try);
        if (failures.Count > 0)
        {
            throw new EngineException($"remove {record.Name}: {string.Join("; ", failures)}", exitCode: 1);
        }
    }
}
