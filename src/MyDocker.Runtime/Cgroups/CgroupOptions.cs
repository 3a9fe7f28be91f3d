using MyDocker.Kernel.Cgroups;

namespace MyDocker.Runtime.Cgroups;

/// <summary>What a caller may choose about the cgroup of a container, beside its limits.</summary>
public sealed record CgroupOptions
{
    /// <summary>The hierarchies of every container: for limits that may come later, counters, pausing and devices.</summary>
    public const Controllers Usual = Controllers.Memory | Controllers.Cpu | Controllers.CpuAcct | Controllers.Pids | Controllers.Devices | Controllers.Freezer;

    /// <summary>
    /// Join every hierarchy, named ones and those without a limit too, as runc does: podman and others look for the
    /// path in /proc/PID/cgroup. Each costs about 0.2 ms of a container's start and end (make, open, join, remove).
    /// </summary>
    public bool AllHierarchies { get; init; }

    /// <summary>On a hybrid host go without the v2 part where no limit is in it: a user may have been given cgroups of v1 alone.</summary>
    public bool LeavesV2Out { get; init; }

    /// <summary>Refuse a cgroup that has processes, or that is frozen: another container's, whose limits would change.</summary>
    public bool CheckUnused { get; init; }

    /// <summary>Apply the device policy (default nodes allowed, the rest as the rules say). Off only where it cannot work, as without root.</summary>
    public bool Devices { get; init; } = true;

    /// <summary>Give the v2 cgroup to this user of the host, so that a systemd in a user namespace can use it.</summary>
    public (uint Uid, uint Gid)? Owner { get; init; }
}
