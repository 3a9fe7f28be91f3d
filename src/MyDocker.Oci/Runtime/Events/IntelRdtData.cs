using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime.Events;

/// <summary>Of the container's resctrl group, in runc's form. Lines are as the kernel writes them ("L3:0=7ff;1=7ff").</summary>
public sealed record IntelRdtData
{
    [JsonPropertyName("l3_cache_info")]
    public L3CacheInfo? L3CacheInfo { get; init; }

    /// <summary>Of the root, which has what groups have not taken.</summary>
    [JsonPropertyName("l3_cache_schema_root")]
    public string? L3CacheSchemaRoot { get; init; }

    [JsonPropertyName("l3_cache_schema")]
    public string? L3CacheSchema { get; init; }

    [JsonPropertyName("mem_bw_info")]
    public MemoryBandwidthInfo? MemoryBandwidthInfo { get; init; }

    [JsonPropertyName("mem_bw_schema_root")]
    public string? MemoryBandwidthSchemaRoot { get; init; }

    [JsonPropertyName("mem_bw_schema")]
    public string? MemoryBandwidthSchema { get; init; }

    [JsonPropertyName("schemata")]
    public List<string>? Schemata { get; init; }

    /// <summary>One for each L3 cache.</summary>
    [JsonPropertyName("mbm_stats")]
    public BandwidthData[]? Bandwidth { get; init; }

    [JsonPropertyName("cmt_stats")]
    public OccupancyData[]? Occupancy { get; init; }
}

public sealed class L3CacheInfo
{
    [JsonPropertyName("cbm_mask")]
    public string? Mask { get; init; }

    [JsonPropertyName("min_cbm_bits")]
    public ulong LeastBits { get; init; }

    [JsonPropertyName("num_closids")]
    public ulong Groups { get; init; }
}

public sealed class MemoryBandwidthInfo
{
    /// <summary>In percent.</summary>
    [JsonPropertyName("bandwidth_gran")]
    public ulong Granularity { get; init; }

    [JsonPropertyName("delay_linear")]
    public ulong IsLinear { get; init; }

    [JsonPropertyName("min_bandwidth")]
    public ulong Least { get; init; }

    [JsonPropertyName("num_closids")]
    public ulong Groups { get; init; }
}

/// <summary>Bytes since the group was made.</summary>
public sealed class BandwidthData
{
    [JsonPropertyName("mbm_total_bytes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong TotalBytes { get; init; }

    [JsonPropertyName("mbm_local_bytes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong LocalBytes { get; init; }
}

/// <summary>Bytes of the cache now.</summary>
public sealed class OccupancyData
{
    [JsonPropertyName("llc_occupancy"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Bytes { get; init; }
}
