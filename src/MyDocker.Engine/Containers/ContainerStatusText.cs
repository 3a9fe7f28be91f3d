using MyDocker.Engine.Options;
using MyDocker.Kernel.Cgroups;

namespace MyDocker.Engine.Containers;

/// <summary>What a container does now, from its files and the kernel: docker's word for it, and docker's sentence.</summary>
internal static class ContainerStatusText
{
    /// <summary>created, running, paused, restarting or exited.</summary>
    public static string Of(ContainerRecord record, ContainerState state, Lazy<CgroupLayout> layout)
        => state.IsAlive ? IsFrozen(record, layout) || IsAtLimit(record, state, layout) ? ContainerStatus.Paused : ContainerStatus.Running
            : state.IsBetweenRuns ? state.Status
            : state.Status == ContainerStatus.Created ? ContainerStatus.Created
            : ContainerStatus.Exited;

    public static string Sentence(ContainerRecord record, ContainerState state, string status, Lazy<CgroupLayout> layout)
    {
        switch (status)
        {
            case ContainerStatus.Created:
                return "Created";
            case ContainerStatus.Restarting:
                return $"Restarting ({state.ExitCode}) {Duration.Ago(state.Finished)}";
            case ContainerStatus.Exited when state.ExitCode is { } code:
                return $"Exited ({code}) {Duration.Ago(state.Finished)}{(state.OomKilled ? ", out of memory" : "")}";
            case ContainerStatus.Exited:
                return $"Exited (code unknown) {Duration.Ago(state.Finished)}";
        }

        if (record.Options.Memory is { } limit && IsAtLimit(record, state, layout))
        {
            return $"Paused (memory limit {ByteSize.Format(limit)} reached)";
        }

        var notes = status == ContainerStatus.Paused ? " (Paused)" : state.Health is { } health ? health.Status == "starting" ? " (health: starting)" : $" ({health.Status})" : "";
        return $"Up {Duration.Since(state.Started)}{notes}{(state.Monitor.IsAlive ? "" : " (monitor lost)")}";
    }

    /// <summary>v1 says so itself. On v2 it is the monitor's doing, and holds until somebody thaws the container.</summary>
    private static bool IsAtLimit(ContainerRecord record, ContainerState state, Lazy<CgroupLayout> layout)
        => record.Options is { OomPause: true, Memory: not null }
            && (layout.Value.Of(Controllers.Memory) is { IsV2: true } ? state.OomPaused && IsFrozen(record, layout) : new Cgroup(layout.Value, record.CgroupPath).Memory() is { UnderOom: true });

    private static bool IsFrozen(ContainerRecord record, Lazy<CgroupLayout> layout)
    {
        try
        {
            return new Cgroup(layout.Value, record.CgroupPath).IsFrozen();
        }
        catch (CgroupException)
        {
            return false; // no freezer on this host, or it has just ended
        }
    }
}
