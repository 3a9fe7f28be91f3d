using MyDocker.Engine.Options;
using MyDocker.Oci.Runtime;

namespace MyDocker.Engine.Spec;

/// <summary>-m, -k, -c, -q and their relatives as linux.resources.</summary>
public static class ResourceSelection
{
    /// <summary>Processes of a container that asks for no limit: enough for any service, and the end of a fork bomb.</summary>
    public const long DefaultPids = 4096;

    public static LinuxResources For(RunOptions options)
    {
        var resources = new LinuxResources
        {
            Pids = options.PidsLimit is -1 ? null : new LinuxPids { Limit = options.PidsLimit is > 0 and var limit ? limit : DefaultPids },
            Devices = DeviceSelection.Rules(options),
        };
        if (options.Memory is not null || options.MemorySwap is not null || options.OomPause)
        {
            resources.Memory = new LinuxMemory { Limit = options.Memory, Swap = options.MemorySwap, DisableOOMKiller = options.OomPause ? true : null };
        }

        if (options.CpuPeriod is not null || options.CpuQuota is not null || options.CpusetCpus is not null)
        {
            resources.Cpu = new LinuxCPU { Period = options.CpuPeriod, Quota = options.CpuQuota, Cpus = options.CpusetCpus };
        }

        return resources;
    }
}
