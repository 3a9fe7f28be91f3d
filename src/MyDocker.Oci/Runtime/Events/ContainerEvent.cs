using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime.Events;

/// <summary>A line of <c>events</c>, as runc writes it (types/events.go): who reads it knows runc's names.</summary>
public sealed record ContainerEvent
{
    public const string Stats = "stats";
    public const string OutOfMemory = "oom";

    [JsonPropertyName("type")]
    public string Type { get; init; } = "";

    [JsonPropertyName("id")]
    public string Id { get; init; } = "";

    /// <summary>Of "stats" only.</summary>
    [JsonPropertyName("data")]
    public StatsData? Data { get; init; }
}

public sealed record StatsData
{
    [JsonPropertyName("cpu")]
    public CpuData Cpu { get; init; } = new();

    [JsonPropertyName("cpuset")]
    public CpusetData Cpuset { get; init; } = new();

    [JsonPropertyName("memory")]
    public MemoryData Memory { get; init; } = new();

    [JsonPropertyName("pids")]
    public PidsData Pids { get; init; } = new();

    [JsonPropertyName("blkio")]
    public BlockIoData BlockIo { get; init; } = new();

    /// <summary>By page size, "2MB".</summary>
    [JsonPropertyName("hugetlb")]
    public Dictionary<string, HugetlbData> Hugetlb { get; init; } = [];

    [JsonPropertyName("intel_rdt")]
    public IntelRdtData IntelRdt { get; init; } = new();

    [JsonPropertyName("network_interfaces")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public List<InterfaceData>? NetworkInterfaces { get; init; }
}

public sealed record PidsData
{
    [JsonPropertyName("current"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Current { get; init; }

    /// <summary>0 for no limit.</summary>
    [JsonPropertyName("limit"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Limit { get; init; }
}

public sealed record HugetlbData
{
    [JsonPropertyName("usage"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Usage { get; init; }

    [JsonPropertyName("max"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ulong Max { get; init; }

    [JsonPropertyName("failcnt")]
    public ulong FailCount { get; init; }
}

/// <summary>Counters of one interface in the container.</summary>
public sealed record InterfaceData
{
    public string Name { get; init; } = "";
    public ulong RxBytes { get; init; }
    public ulong RxPackets { get; init; }
    public ulong RxErrors { get; init; }
    public ulong RxDropped { get; init; }
    public ulong TxBytes { get; init; }
    public ulong TxPackets { get; init; }
    public ulong TxErrors { get; init; }
    public ulong TxDropped { get; init; }
}

/// <summary>Pressure stall information: shares of time in percent, and the total in µs (Documentation/accounting/psi.rst).</summary>
public sealed record PressureData
{
    [JsonPropertyName("some")]
    public PressureLine Some { get; init; } = new();

    [JsonPropertyName("full")]
    public PressureLine Full { get; init; } = new();
}

public sealed record PressureLine
{
    [JsonPropertyName("avg10")]
    public double Average10 { get; init; }

    [JsonPropertyName("avg60")]
    public double Average60 { get; init; }

    [JsonPropertyName("avg300")]
    public double Average300 { get; init; }

    [JsonPropertyName("total")]
    public ulong Total { get; init; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ContainerEvent))]
public sealed partial class EventsJson : JsonSerializerContext;
