using MyDocker.Engine.Containers;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker system repair</c>: what each command does first anyway, and names that belong to nobody; and it tells.</summary>
public static class SystemRepair
{
    /// <summary>What was put right or cannot be, a line each.</summary>
    public static List<string> Run(EngineRoots roots)
    {
        roots.Create();
        var report = new List<string>(Reconciler.Run(roots));
        var store = new ContainerStore(roots);
        foreach (var name in Files.List($"{roots.Data}/names"))
        {
            if (Claims.OwnerOf(store.NamePath(name)) is { } owner && !Files.Exists(roots.ContainerDirectory(owner)) && !Files.Exists(store.JournalPath(owner)))
            {
                Claims.Release(Claims.NameOf(store.NamePath(name), owner));
                report.Add($"name {name}: belonged to a container that is gone; it is free");
            }
        }

        foreach (var id in store.Ids())
        {
            try
            {
                if (store.TryLoad(id) is { } record && store.LoadState(id) is { IsAlive: true } state && !state.Monitor.IsAlive)
                {
                    report.Add($"container {record.Name}: runs without its monitor: no log, no exit code, no restart; 'mydocker restart {record.Name}' gives it one");
                }
            }
            catch (EngineException e)
            {
                report.Add($"container {store.NameOf(id) ?? id[..12]}: {e.Message}");
            }
        }

        return report;
    }
}
