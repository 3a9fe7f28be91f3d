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
        var memory = new LinuxMemory { Limit = options.Memory, Swap = options.MemorySwap, Reservation = options.MemoryReservation, Swappiness = options.Swappiness, DisableOOMKiller = options.OomPause ? true : null };
        var cpu = new LinuxCPU
        {
            Shares = options.CpuShares,
            Period = options.CpuPeriod,
            Quota = options.CpuQuota,
            RealtimePeriod = (ulong?)options.RealtimePeriod,
            RealtimeRuntime = options.RealtimeRuntime,
            Cpus = options.CpusetCpus,
            Mems = options.CpusetMems,
        };
        resources.Memory = memory == new LinuxMemory() ? null : memory;
        resources.Cpu = cpu == new LinuxCPU() ? null : cpu;
        resources.BlockIO = options.BlockIo is { } io ? BlockIo(io) : null;
        return resources;
    }

    public static LinuxBlockIO BlockIo(BlockIoOptions options) => new()
    {
        Weight = options.Weight,
        WeightDevice = options.WeightDevice?.ConvertAll(limit =>
        {
            var (major, minor) = BlockIoOption.NumbersOf(limit.Path);
            return new LinuxWeightDevice { Major = major, Minor = minor, Weight = (ushort)limit.Value };
        }),
        ThrottleReadBpsDevice = Throttles(options.ReadBps),
        ThrottleWriteBpsDevice = Throttles(options.WriteBps),
        ThrottleReadIOPSDevice = Throttles(options.ReadIops),
        ThrottleWriteIOPSDevice = Throttles(options.WriteIops),
    };

    private static List<LinuxThrottleDevice>? Throttles(List<BlockDeviceLimit>? limits) => limits?.ConvertAll(limit =>
    {
        var (major, minor) = BlockIoOption.NumbersOf(limit.Path);
        return new LinuxThrottleDevice { Major = major, Minor = minor, Rate = limit.Value };
    });
}
