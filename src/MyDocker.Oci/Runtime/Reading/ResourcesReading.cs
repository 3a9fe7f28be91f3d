using MyDocker.Oci.Json;

namespace MyDocker.Oci.Runtime.Reading;

/// <summary>Reads the records of LinuxResources.cs: the limits.</summary>
internal static class ResourcesReading
{
    public static LinuxResources? Resources(ref JsonCursor json) => json.Record(new LinuxResources(), static (resources, name, ref json) =>
    {
        switch (name)
        {
            case "devices": resources.Devices = json.List(DeviceCgroup); break;
            case "memory": resources.Memory = Memory(ref json); break;
            case "cpu": resources.Cpu = CPU(ref json); break;
            case "pids": resources.Pids = Pids(ref json); break;
            case "blockIO": resources.BlockIO = BlockIO(ref json); break;
            case "hugepageLimits": resources.HugepageLimits = json.List(HugepageLimit); break;
            case "network": resources.Network = Network(ref json); break;
            case "rdma": resources.Rdma = json.Map(Rdma); break;
            case "unified": resources.Unified = json.TextMap(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxDeviceCgroup? DeviceCgroup(ref JsonCursor json) => json.Record(new LinuxDeviceCgroup(), static (deviceCgroup, name, ref json) =>
    {
        switch (name)
        {
            case "allow": deviceCgroup.Allow = json.Bool(); break;
            case "type": deviceCgroup.Type = json.TextOrNull(); break;
            case "major": deviceCgroup.Major = json.LongOrNull(); break;
            case "minor": deviceCgroup.Minor = json.LongOrNull(); break;
            case "access": deviceCgroup.Access = json.TextOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxMemory? Memory(ref JsonCursor json) => json.Record(new LinuxMemory(), static (memory, name, ref json) =>
    {
        switch (name)
        {
            case "limit": memory.Limit = json.LongOrNull(); break;
            case "reservation": memory.Reservation = json.LongOrNull(); break;
            case "swap": memory.Swap = json.LongOrNull(); break;
            case "kernel": memory.Kernel = json.LongOrNull(); break;
            case "kernelTCP": memory.KernelTCP = json.LongOrNull(); break;
            case "swappiness": memory.Swappiness = json.ULongOrNull(); break;
            case "disableOOMKiller": memory.DisableOOMKiller = json.BoolOrNull(); break;
            case "useHierarchy": memory.UseHierarchy = json.BoolOrNull(); break;
            case "checkBeforeUpdate": memory.CheckBeforeUpdate = json.BoolOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxCPU? CPU(ref JsonCursor json) => json.Record(new LinuxCPU(), static (cpu, name, ref json) =>
    {
        switch (name)
        {
            case "shares": cpu.Shares = json.ULongOrNull(); break;
            case "quota": cpu.Quota = json.LongOrNull(); break;
            case "burst": cpu.Burst = json.ULongOrNull(); break;
            case "period": cpu.Period = json.ULongOrNull(); break;
            case "realtimeRuntime": cpu.RealtimeRuntime = json.LongOrNull(); break;
            case "realtimePeriod": cpu.RealtimePeriod = json.ULongOrNull(); break;
            case "cpus": cpu.Cpus = json.TextOrNull(); break;
            case "mems": cpu.Mems = json.TextOrNull(); break;
            case "idle": cpu.Idle = json.LongOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxPids? Pids(ref JsonCursor json) => json.Record(new LinuxPids(), static (pids, name, ref json) =>
    {
        switch (name)
        {
            case "limit": pids.Limit = json.LongOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxBlockIO? BlockIO(ref JsonCursor json) => json.Record(new LinuxBlockIO(), static (blockIO, name, ref json) =>
    {
        switch (name)
        {
            case "weight": blockIO.Weight = json.UShortOrNull(); break;
            case "leafWeight": blockIO.LeafWeight = json.UShortOrNull(); break;
            case "weightDevice": blockIO.WeightDevice = json.List(WeightDevice); break;
            case "throttleReadBpsDevice": blockIO.ThrottleReadBpsDevice = json.List(ThrottleDevice); break;
            case "throttleWriteBpsDevice": blockIO.ThrottleWriteBpsDevice = json.List(ThrottleDevice); break;
            case "throttleReadIOPSDevice": blockIO.ThrottleReadIOPSDevice = json.List(ThrottleDevice); break;
            case "throttleWriteIOPSDevice": blockIO.ThrottleWriteIOPSDevice = json.List(ThrottleDevice); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxWeightDevice? WeightDevice(ref JsonCursor json) => json.Record(new LinuxWeightDevice(), static (weightDevice, name, ref json) =>
    {
        switch (name)
        {
            case "major": weightDevice.Major = json.Long(); break;
            case "minor": weightDevice.Minor = json.Long(); break;
            case "weight": weightDevice.Weight = json.UShortOrNull(); break;
            case "leafWeight": weightDevice.LeafWeight = json.UShortOrNull(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxThrottleDevice? ThrottleDevice(ref JsonCursor json) => json.Record(new LinuxThrottleDevice(), static (throttleDevice, name, ref json) =>
    {
        switch (name)
        {
            case "major": throttleDevice.Major = json.Long(); break;
            case "minor": throttleDevice.Minor = json.Long(); break;
            case "rate": throttleDevice.Rate = json.ULong(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxHugepageLimit? HugepageLimit(ref JsonCursor json) => json.Record(new LinuxHugepageLimit(), static (hugepageLimit, name, ref json) =>
    {
        switch (name)
        {
            case "pageSize": hugepageLimit.PageSize = json.Text(); break;
            case "limit": hugepageLimit.Limit = json.ULong(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxNetwork? Network(ref JsonCursor json) => json.Record(new LinuxNetwork(), static (network, name, ref json) =>
    {
        switch (name)
        {
            case "classID": network.ClassID = json.UIntOrNull(); break;
            case "priorities": network.Priorities = json.List(InterfacePriority); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxInterfacePriority? InterfacePriority(ref JsonCursor json) => json.Record(new LinuxInterfacePriority(), static (interfacePriority, name, ref json) =>
    {
        switch (name)
        {
            case "name": interfacePriority.Name = json.Text(); break;
            case "priority": interfacePriority.Priority = json.UInt(); break;
            default: json.Unknown(); break;
        }
    });

    public static LinuxRdma? Rdma(ref JsonCursor json) => json.Record(new LinuxRdma(), static (rdma, name, ref json) =>
    {
        switch (name)
        {
            case "hcaHandles": rdma.HcaHandles = json.UIntOrNull(); break;
            case "hcaObjects": rdma.HcaObjects = json.UIntOrNull(); break;
            default: json.Unknown(); break;
        }
    });
}
