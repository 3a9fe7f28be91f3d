using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Options;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker rename</c>: the new name is taken before the old one is given back.</summary>
public static class ContainerRename
{
    public static void Run(EngineRoots roots, string container, string name)
    {
        Reconciler.Run(roots);
        NamesOption.ParseName("the new name", name);
        var store = new ContainerStore(roots);
        var id = store.Find(container).Id;
        var old = "";
        var record = store.Change(id, record =>
        {
            old = record.Name;
            if (old == name)
            {
                throw new EngineException($"container {name} has this name already", exitCode: 1);
            }

            if (Claims.TryTake(store.NamePath(name), id) is { } owner && owner != id)
            {
                throw new EngineException($"the name \"{name}\" is in use by container {owner[..12]}; remove or rename that one first", exitCode: 1);
            }

            record.Name = name;
        });
        Claims.Release(Claims.NameOf(store.NamePath(old), id));
        MonitorSession.Poke(roots, id);
        ContainerEvents.Write(roots, record, "rename", ("oldName", old));
    }
}
