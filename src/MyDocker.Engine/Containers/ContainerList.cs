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

        if (record.Options is { OomPause: true, Memory: { } limit } && StandsAtLimit(new Cgroup(layout.Value, record.CgroupPath), state))
        {
            return $"Paused (memory limit {ByteSize.Format(limit)} reached)";
        }

        return $"Up {Duration.Since(state.Started)}";
    }

    /// <summary>v1 says so itself. On v2 it is the monitor's doing, and holds until somebody thaws the container.</summary>
    private static bool StandsAtLimit(Cgroup cgroup, ContainerState state)
        => cgroup.Layout.Of(Controllers.Memory) is { IsV2: true } ? state.OomPaused && cgroup.IsFrozen() : cgroup.Memory() is { UnderOom: true };
}
