using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Monitor;

/// <summary>
/// What -k means on cgroup v2, which has no switch for it: memory.high is the limit, above which the kernel slows tasks down; a
/// monitor freezes them there; and memory.max, at which it kills, lies a slack above, for what is allocated until they stand.
/// </summary>
public static class PauseLimits
{
    /// <summary>The least and the most of it, in bytes.</summary>
    public const long LeastSlack = 4 << 20, MostSlack = 64 << 20;

    /// <summary>A quarter of the limit, and half a megabyte for each CPU: each may have taken a batch of pages before it is slowed down.</summary>
    public static long SlackOf(long limit) => Math.Max(Math.Clamp(limit / 4, LeastSlack, MostSlack), Environment.ProcessorCount * 512L * 1024) / 4096 * 4096;

    /// <summary>
    /// memory.high for a limit: the limit; below 4 MiB a batch of pages more, which a CPU takes in advance and the kernel counts as
    /// used: a container of 300k would be slowed down before it has begun.
    /// </summary>
    public static long HighOf(long limit) => limit < 4 << 20 ? limit + (256 << 10) : limit;

    /// <summary>Limits with memory.disableOOMKiller as they are for a host; those without it as they are.</summary>
    public static LinuxResources On(CgroupLayout layout, LinuxResources resources)
        => layout.Of(Controllers.Memory) is { IsV2: true } && resources.Memory is { DisableOOMKiller: true } ? OnV2(resources) : resources;

    /// <summary>The same for a change of the limits of a container that was started with -k.</summary>
    public static LinuxResources OnV2(LinuxResources resources)
    {
        if (resources.Memory is not { } memory)
        {
            return resources;
        }

        resources = resources with { Memory = memory with { DisableOOMKiller = null } };
        if (memory.Limit is not > 0 and var none)
        {
            return none is null ? resources : WithHigh(resources, "max");
        }

        var slack = SlackOf(memory.Limit.Value);
        resources.Memory.Limit += slack;
        resources.Memory.Swap = memory.Swap is > 0 ? memory.Swap + slack : memory.Swap; // the swap itself stays the same
        return WithHigh(resources, HighOf(memory.Limit.Value).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static LinuxResources WithHigh(LinuxResources resources, string high)
        => resources with { Unified = new Dictionary<string, string>(resources.Unified ?? []) { ["memory.high"] = high } };
}
