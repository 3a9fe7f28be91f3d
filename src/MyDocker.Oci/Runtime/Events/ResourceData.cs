using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime.Events;

/// <summary>Times in nanoseconds.</summary>
public sealed record CpuData
{
    [JsonPropertyName("usage")]
    public CpuUsageData? Usage { get; init; }

    [JsonPropertyName("throttling")]
    public ThrottlingData? Throttling { get; init; }

    [JsonPropertyName("psi")]
    public PressureData? Pressure { get; init; }
}

public sealed record CpuUsageData
{
    [JsonPropertyName("total"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Total { get; init; }

    /// <summary>v1 only, as the next two.</summary>
    [JsonPropertyName("percpu")]
    public List<ulong>? PerCpu { get; init; }

    [JsonPropertyName("percpu_kernel")]
    public List<ulong>? PerCpuKernel { get; init; }

    [JsonPropertyName("percpu_user")]
    public List<ulong>? PerCpuUser { get; init; }

    [JsonPropertyName("kernel")]
    public ulong Kernel { get; init; }

    [JsonPropertyName("user")]
    public ulong User { get; init; }
}

public sealed record ThrottlingData
{
    [JsonPropertyName("periods"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Periods { get; init; }

    [JsonPropertyName("throttledPeriods"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong ThrottledPeriods { get; init; }

    [JsonPropertyName("throttledTime"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong ThrottledTime { get; init; }
}

/// <summary>The files of a v1 cpuset; zeros on v2.</summary>
public sealed record CpusetData
{
    [JsonPropertyName("cpus")]
    public List<ushort>? Cpus { get; init; }

    [JsonPropertyName("cpu_exclusive")]
    public ulong CpuExclusive { get; init; }

    [JsonPropertyName("mems")]
    public List<ushort>? Mems { get; init; }

    [JsonPropertyName("mem_hardwall")]
    public ulong MemHardwall { get; init; }

    [JsonPropertyName("mem_exclusive")]
    public ulong MemExclusive { get; init; }

    [JsonPropertyName("memory_migrate")]
    public ulong MemoryMigrate { get; init; }

    [JsonPropertyName("memory_spread_page")]
    public ulong MemorySpreadPage { get; init; }

    [JsonPropertyName("memory_spread_slab")]
    public ulong MemorySpreadSlab { get; init; }

    [JsonPropertyName("memory_pressure")]
    public ulong MemoryPressure { get; init; }

    [JsonPropertyName("sched_load_balance")]
    public ulong SchedLoadBalance { get; init; }

    [JsonPropertyName("sched_relax_domain_level")]
    public long SchedRelaxDomainLevel { get; init; }
}

/// <summary>Bytes.</summary>
public sealed record MemoryData
{
    [JsonPropertyName("cache"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Cache { get; init; }

    [JsonPropertyName("usage")]
    public MemoryEntry? Usage { get; init; }

    /// <summary>Memory and swap together, on v2 as well.</summary>
    [JsonPropertyName("swap")]
    public MemoryEntry? Swap { get; init; }

    [JsonPropertyName("kernel")]
    public MemoryEntry? Kernel { get; init; }

    [JsonPropertyName("kernelTCP")]
    public MemoryEntry? KernelTcp { get; init; }

    /// <summary>memory.stat as it is.</summary>
    [JsonPropertyName("raw")]
    public Dictionary<string, ulong>? Raw { get; init; }

    [JsonPropertyName("psi")]
    public PressureData? Pressure { get; init; }
}

/// <summary>A limit of 18446744073709551615 (v2) or 9223372036854771712 (v1) is none.</summary>
public sealed record MemoryEntry
{
    [JsonPropertyName("limit")]
    public ulong Limit { get; init; }

    [JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Usage { get; init; }

    [JsonPropertyName("max"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Max { get; init; }

    [JsonPropertyName("failcnt")]
    public ulong FailCount { get; init; }
}

public sealed record BlockIoData
{
    [JsonPropertyName("ioServiceBytesRecursive")]
    public List<BlockIoEntry>? ServiceBytes { get; init; }

    [JsonPropertyName("ioServicedRecursive")]
    public List<BlockIoEntry>? Serviced { get; init; }

    [JsonPropertyName("psi")]
    public PressureData? Pressure { get; init; }
}

/// <summary><see cref="Operation"/>: Read, Write and, on v1, what the file has besides.</summary>
public sealed record BlockIoEntry
{
    [JsonPropertyName("major"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Major { get; init; }

    [JsonPropertyName("minor"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Minor { get; init; }

    [JsonPropertyName("op")]
    public string? Operation { get; init; }

    [JsonPropertyName("value"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Value { get; init; }
}
