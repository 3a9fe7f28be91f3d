using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;

namespace MyDocker.Engine.Containers;

/// <summary>What <c>ps</c> shows.</summary>
internal static class ContainerList
{
    public static IReadOnlyList<ContainerSummary> Read(EngineRoots roots, bool all)
    {
        var store = new ContainerStore(roots);
        var layout = new Lazy<CgroupLayout>(CgroupLayout.Detect);
        var list = new List<ContainerSummary>();
        foreach (var id in store.Ids())
        {
            if (store.TryLoad(id) is not { } record)
            {
                continue; // being created, or half removed: the journal's business
            }

            var state = store.LoadState(id);
            var runs = ProcessTable.IsAlive(state);
            if (all || runs)
            {
                var command = string.Join(' ', record.CommandLine);
                list.Add(new ContainerSummary(id, record.Name, record.Image, command, record.Created, Status(record, state, runs, layout), "", runs ? state.Pid : 0));
            }
        }

        list.Sort((a, b) => b.Created.CompareTo(a.Created));
        return list;
    }

    private static string Status(ContainerRecord record, ContainerState state, bool runs, Lazy<CgroupLayout> layout)
    {
        if (!runs)
        {
            return state.Status switch
            {
                "created" => "Created",
                _ when state.ExitCode is { } code => $"Exited ({code}) {Duration.Ago(state.Finished)}{(state.OomKilled ? ", out of memory" : "")}",
                _ => $"Exited (code unknown) {Duration.Ago(state.Finished)}",
            };
        }

        if (record.Options is { OomPause: true, Memory: { } limit } && new Cgroup(layout.Value, record.CgroupPath).Memory() is { UnderOom: true })
        {
            return $"Paused (memory limit {ByteSize.Format(limit)} reached)";
        }

        return $"Up {Duration.Since(state.Started)}";
    }
}
