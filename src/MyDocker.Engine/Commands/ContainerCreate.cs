using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Options;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker create</c>: all of <c>run</c> up to the start.</summary>
public static class ContainerCreate
{
    /// <summary>Returns the container's id.</summary>
    public static string Run(EngineRoots roots, RunOptions options)
    {
        roots.Create();
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        using var journal = ContainerCreation.Make(store, options, ContainerNames.NewId(), out var record);
        store.MakeDurable(record);
        journal.RecordCreated();
        ContainerEvents.Write(roots, record, "create");
        journal.Undo(alsoContainer: false, ResourceRelease.Try); // what a run needs, it makes: the address is free until then
        return record.Id;
    }
}
