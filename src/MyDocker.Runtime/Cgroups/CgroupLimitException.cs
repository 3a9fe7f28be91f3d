using MyDocker.Kernel.Cgroups;

namespace MyDocker.Runtime.Cgroups;

/// <summary>
/// A limit that this host cannot set, or that makes no sense. Nothing was changed.
/// Reads "limit memory.disableOOMKiller (memory controller): cgroup v2 has no such switch; leave it out".
/// </summary>
public sealed class CgroupLimitException(string limit, Controllers controller, string reason, string remedy)
    : Exception($"limit {limit} ({controller.Name(v2: false)} controller): {reason}; {remedy}")
{
    /// <summary>As the OCI runtime specification names it, below linux.resources.</summary>
    public string Limit { get; } = limit;

    public Controllers Controller { get; } = controller;
    public string Remedy { get; } = remedy;
}
