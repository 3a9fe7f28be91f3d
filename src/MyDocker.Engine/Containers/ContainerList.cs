using MyDocker.Kernel.Cgroups;

namespace MyDocker.Engine.Containers;

/// <summary>What <c>ps</c> shows. Reads files only, one container after the other: none of them can hold up the list.</summary>
internal static class ContainerList
{
    /// <summary>Newest first.</summary>
    public static List<ContainerSummary> Read(EngineRoots roots)
    {
        var store = new ContainerStore(roots);
        var layout = new Lazy<CgroupLayout>(CgroupLayout.Detect);
        var list = new List<ContainerSummary>();
        foreach (var id in store.Ids())
        {
            try
            {
                if (store.TryLoad(id) is { } record)
                {
                    list.Add(Summary(record, store.LoadState(id), layout));
                }
            }
            catch (EngineException e)
            {
                list.Add(new ContainerSummary { Id = id, Name = store.NameOf(id) ?? id[..Math.Min(12, id.Length)], Status = $"Dead ({e.Message})" });
            }
        }

        // Not List.Sort: the code of lists is shared, so that one use gives each list of the program a sorter and a comparer to set up at its start.
        return [.. list.OrderByDescending(container => container.Created)];
    }

    private static ContainerSummary Summary(ContainerRecord record, ContainerState state, Lazy<CgroupLayout> layout)
    {
        var status = ContainerStatusText.Of(record, state, layout);
        var options = record.Options;
        return new ContainerSummary
        {
            Id = record.Id,
            Name = record.Name,
            Image = record.Image,
            ImageId = record.ImageId,
            Command = string.Join(' ', record.CommandLine),
            Created = record.Created,
            State = status,
            Status = ContainerStatusText.Sentence(record, state, status, layout),
            ExitCode = status == ContainerStatus.Exited ? state.ExitCode : null,
            Health = state.IsAlive ? state.Health?.Status : null,
            Network = options.Network ?? (options.Address is null ? "none" : options.Bridge ?? "interface"),
            Exposed = [.. options.Exposed ?? [], .. record.ImageConfig?.ExposedPorts?.Keys ?? Enumerable.Empty<string>()],
            Labels = options.Labels,
            Mounts = options.Mounts.Where(mount => mount.Type != "tmpfs").Select(mount => mount.Source).ToList(),
            MountPoints = options.Mounts.Select(mount => mount.Destination).ToList(),
            Pid = state.IsAlive ? state.Pid : 0,
        };
    }
}
