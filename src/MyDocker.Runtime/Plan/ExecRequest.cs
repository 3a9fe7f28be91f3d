using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Launch;

namespace MyDocker.Runtime.Plan;

/// <summary>All that is known about a process that is to be executed in a running container.</summary>
public sealed record ExecRequest
{
    /// <summary>The process, as the container's init is described: identity, limits, filter, streams.</summary>
    public required ProcessContext Process { get; init; }

    /// <summary>The way into the container's namespaces.</summary>
    public required ContainerEntrance Entrance { get; init; }

    /// <summary>The container's cgroup, which the process joins; null: it stays in the caller's.</summary>
    public Cgroup? Cgroup { get; init; }

    /// <summary>The container's resctrl group and monitoring group, which the process joins; null: it has none.</summary>
    public string? RdtPath { get; init; }
    public string? RdtMonitorPath { get; init; }

    /// <summary>Number of the container's init, whose own cgroup is joined where the container's holds controllers only (v2).</summary>
    public int InitPid { get; init; }

    /// <summary>Cgroups below the container's to join instead: by controller, "" for all others.</summary>
    public IReadOnlyDictionary<string, string> SubCgroups { get; init; } = new Dictionary<string, string>();

    /// <summary>The launching process can have no children in the container's pid namespace.</summary>
    public bool IsBornTwice { get; init; }

    /// <summary>A lock of the launching process that the child must not hold on to; null: none.</summary>
    public Fd? Lock { get; init; }
}
