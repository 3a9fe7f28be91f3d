namespace MyDocker.Engine.Options;

/// <summary>New limits for a container (`update`); null: as it is. Units: bytes, µs.</summary>
public sealed record UpdateOptions
{
    public long? Memory { get; init; }
    /// <summary>memory + swap; -1: unlimited.</summary>
    public long? MemorySwap { get; init; }
    public long? MemoryReservation { get; init; }
    public ulong? CpuShares { get; init; }
    public long? RealtimePeriod { get; init; }
    public long? RealtimeRuntime { get; init; }
    public string? CpusetMems { get; init; }
    /// <summary>10 to 1000.</summary>
    public ushort? BlockIoWeight { get; init; }
    public ulong? CpuPeriod { get; init; }
    public long? CpuQuota { get; init; }
    public string? CpusetCpus { get; init; }
    /// <summary>-1: unlimited.</summary>
    public long? PidsLimit { get; init; }

    public RestartOption? Restart { get; init; }

    /// <summary>Let a container that was paused go on afterwards.</summary>
    public bool Unpause { get; init; }

    /// <summary>Lower the memory limit even below what is in use.</summary>
    public bool Force { get; init; }
}
