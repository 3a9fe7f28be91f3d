using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using V1 = MyDocker.Kernel.Cgroups.V1;
using V2 = MyDocker.Kernel.Cgroups.V2;

namespace MyDocker.Runtime.Cgroups;

/// <summary>linux.resources.blockIO (config-linux.md, "Block IO"): blkio on v1, io on v2.</summary>
internal static class IoLimits
{
    public static void Add(LimitContext context, LinuxBlockIO? io)
    {
        if (io is null || !IsSet(io))
        {
            return;
        }

        var writes = context.For(Controllers.BlockIo, "blockIO", out var v2);
        if (Given(io.Weight) is { } weight)
        {
            Check("blockIO.weight", weight);
            if (v2)
            {
                V2.Io.Weight(writes, weight);
            }
            else
            {
                V1.BlockIo.Weight(writes, weight);
            }
        }

        if (Given(io.LeafWeight) is { } leaf)
        {
            V1.BlockIo.LeafWeight(v2 ? throw NoLeaf() : writes, leaf);
        }

        foreach (var device in io.WeightDevice ?? [])
        {
            AddWeight(writes, v2, device);
        }

        AddThrottle(writes, v2, io.ThrottleReadBpsDevice, "read_bps", "rbps");
        AddThrottle(writes, v2, io.ThrottleWriteBpsDevice, "write_bps", "wbps");
        AddThrottle(writes, v2, io.ThrottleReadIOPSDevice, "read_iops", "riops");
        AddThrottle(writes, v2, io.ThrottleWriteIOPSDevice, "write_iops", "wiops");
    }

    private static bool IsSet(LinuxBlockIO io)
        => Given(io.Weight) is not null || Given(io.LeafWeight) is not null || io.WeightDevice is { Count: > 0 }
            || io.ThrottleReadBpsDevice is { Count: > 0 } || io.ThrottleWriteBpsDevice is { Count: > 0 }
            || io.ThrottleReadIOPSDevice is { Count: > 0 } || io.ThrottleWriteIOPSDevice is { Count: > 0 };

    private static void AddWeight(CgroupWrites writes, bool v2, LinuxWeightDevice device)
    {
        if (Given(device.Weight) is { } weight)
        {
            Check("blockIO.weightDevice", weight);
            if (v2)
            {
                V2.Io.WeightDevice(writes, device.Major, device.Minor, weight);
            }
            else
            {
                V1.BlockIo.WeightDevice(writes, device.Major, device.Minor, weight);
            }
        }

        if (Given(device.LeafWeight) is { } leaf)
        {
            V1.BlockIo.LeafWeightDevice(v2 ? throw NoLeaf() : writes, device.Major, device.Minor, leaf);
        }
    }

    private static void AddThrottle(CgroupWrites writes, bool v2, List<LinuxThrottleDevice>? devices, string v1Name, string v2Name)
    {
        foreach (var device in devices ?? [])
        {
            if (v2)
            {
                V2.Io.Max(writes, device.Major, device.Minor, v2Name, device.Rate);
            }
            else
            {
                V1.BlockIo.Throttle(writes, v1Name, device.Major, device.Minor, device.Rate);
            }
        }
    }

    private static void Check(string limit, ushort weight)
    {
        if (weight is < 10 or > 1000)
        {
            throw new CgroupLimitException(limit, Controllers.BlockIo, $"{weight} is out of range", "give 10 to 1000");
        }
    }

    private static CgroupLimitException NoLeaf()
        => LimitContext.OnlyOnV1("blockIO.leafWeight", Controllers.BlockIo, "leave it out: on v2 processes and child cgroups do not compete");

    private static ushort? Given(ushort? value) => value is 0 ? null : value;
}
