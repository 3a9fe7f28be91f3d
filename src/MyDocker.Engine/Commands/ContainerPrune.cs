using MyDocker.Engine.Containers;
using MyDocker.Engine.Inspect;

namespace MyDocker.Engine.Commands;

/// <summary><c>mydocker container prune</c>: removes all containers that do not run.</summary>
public static class ContainerPrune
{
    /// <summary>Returns the ids of those that are gone, and the bytes that they had written.</summary>
    public static (List<string> Ids, long Reclaimed) Run(EngineRoots roots, DateTimeOffset? until, IReadOnlyList<string> labels, IReadOnlyList<string> notLabels)
    {
        var (ids, reclaimed) = (new List<string>(), 0L);
        foreach (var container in ContainerPs.List(roots, all: true).Where(c => c.State is ContainerStatus.Created or ContainerStatus.Exited))
        {
            var isWanted = !(until is { } before && container.Created > before)
                && labels.All(label => PsFilter.HasLabel(container.Labels, label)) && !notLabels.Any(label => PsFilter.HasLabel(container.Labels, label));
            if (!isWanted)
            {
                continue;
            }

            var size = DirectorySize.Of($"{roots.ContainerDirectory(container.Id)}/upper");
            try
            {
                ContainerRemove.Run(roots, container.Id, force: false, volumes: false);
            }
            catch (EngineException e) when (e.ExitCode == 1)
            {
                continue; // somebody has started or removed it meanwhile
            }

            ids.Add(container.Id);
            reclaimed += size;
        }

        return (ids, reclaimed);
    }
}
