namespace MyDocker.Engine.Containers;

/// <summary>Which layers containers are made of: `rmi` leaves them their files.</summary>
public static class LayersInUse
{
    /// <summary>Diff ids (64 digits) of the layers of every container, running or not. Takes no lock.</summary>
    public static IReadOnlySet<string> Read(EngineRoots roots)
    {
        var store = new ContainerStore(roots);
        var ids = new HashSet<string>();
        foreach (var id in store.Ids())
        {
            foreach (var layer in store.TryLoad(id)?.Layers ?? [])
            {
                // "ID/fs", relative to the store's layers; "." for a directory that is used in place.
                ids.Add(layer.Split('/')[0]);
            }
        }

        ids.Remove(".");
        return ids;
    }

    /// <summary>"sha256:…" of the images that containers, running or not, are made of.</summary>
    public static IReadOnlySet<string> Images(EngineRoots roots)
    {
        var store = new ContainerStore(roots);
        return store.Ids().Select(id => store.TryLoad(id)?.ImageId ?? "").ToHashSet();
    }
}
