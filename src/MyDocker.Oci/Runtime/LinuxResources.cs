namespace MyDocker.Oci.Runtime;

/// <summary>Control group limits (config-linux.md, "Control groups"); also what `update --resources FILE` reads.</summary>
public sealed record LinuxResources
{
    public List<LinuxDeviceCgroup>? Devices { get; set; }
    public LinuxMemory? Memory { get; set; }
    public LinuxCPU? Cpu { get; set; }
    public LinuxPids? Pids { get; set; }
    public LinuxBlockIO? BlockIO { get; set; }
    public List<LinuxHugepageLimit>? HugepageLimits { get; set; }
    public LinuxNetwork? Network { get; set; }

    /// <summary>By device name, "mlx5_1".</summary>
    public Dictionary<string, LinuxRdma>? Rdma { get; set; }

    /// <summary>Files of cgroup v2 and what to write to them, "memory.high": "1073741824".</summary>
    public Dictionary<string, string>? Unified { get; set; }
}

/// <summary>A device rule; <see cref="Type"/> a, b or c; an absent number means all; <see cref="Access"/> of "rwm".</summary>
public sealed record LinuxDeviceCgroup
{
    public bool Allow { get; set; }
    public string? Type { get; set; }
    public long? Major { get; set; }
    public long? Minor { get; set; }
    public string? Access { get; set; }
}

/// <summary>Limits in bytes, -1 for none; <see cref="Swap"/> is memory and swap together.</summary>
public sealed record LinuxMemory
{
    public long? Limit { get; set; }
    public long? Reservation { get; set; }
    public long? Swap { get; set; }
    public long? Kernel { get; set; }
    public long? KernelTCP { get; set; }
    public ulong? Swappiness { get; set; }
    public bool? DisableOOMKiller { get; set; }
    public bool? UseHierarchy { get; set; }

    /// <summary>Refuse a limit that is below what is in use.</summary>
    public bool? CheckBeforeUpdate { get; set; }
}

/// <summary>Times in microseconds; <see cref="Quota"/> -1 for none; CPU and node lists like "0-3,7".</summary>
public sealed record LinuxCPU
{
    public ulong? Shares { get; set; }
    public long? Quota { get; set; }
    public ulong? Burst { get; set; }
    public ulong? Period { get; set; }
    public long? RealtimeRuntime { get; set; }
    public ulong? RealtimePeriod { get; set; }
    public string? Cpus { get; set; }
    public string? Mems { get; set; }
    public long? Idle { get; set; }
}

/// <summary>Number of tasks; -1 for no limit, absent: leave it.</summary>
public sealed record LinuxPids
{
    public long? Limit { get; set; }
}

/// <summary>Weights 10 to 1000; rates in bytes or operations a second.</summary>
public sealed record LinuxBlockIO
{
    public ushort? Weight { get; set; }
    public ushort? LeafWeight { get; set; }
    public List<LinuxWeightDevice>? WeightDevice { get; set; }
    public List<LinuxThrottleDevice>? ThrottleReadBpsDevice { get; set; }
    public List<LinuxThrottleDevice>? ThrottleWriteBpsDevice { get; set; }
    public List<LinuxThrottleDevice>? ThrottleReadIOPSDevice { get; set; }
    public List<LinuxThrottleDevice>? ThrottleWriteIOPSDevice { get; set; }
}

public sealed record LinuxWeightDevice
{
    public long Major { get; set; }
    public long Minor { get; set; }
    public ushort? Weight { get; set; }
    public ushort? LeafWeight { get; set; }
}

public sealed record LinuxThrottleDevice
{
    public long Major { get; set; }
    public long Minor { get; set; }
    public ulong Rate { get; set; }
}

/// <summary><see cref="PageSize"/> like "2MB", <see cref="Limit"/> in bytes.</summary>
public sealed record LinuxHugepageLimit
{
    public string PageSize { get; set; } = "";
    public ulong Limit { get; set; }
}

/// <summary>net_cls and net_prio (cgroup v1).</summary>
public sealed record LinuxNetwork
{
    public uint? ClassID { get; set; }
    public List<LinuxInterfacePriority>? Priorities { get; set; }
}

public sealed record LinuxInterfacePriority
{
    public string Name { get; set; } = "";
    public uint Priority { get; set; }
}

public sealed record LinuxRdma
{
    public uint? HcaHandles { get; set; }
    public uint? HcaObjects { get; set; }
}
