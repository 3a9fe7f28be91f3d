using System.Text.Json.Serialization;
using MyDocker.Engine.Logs;

namespace MyDocker.Engine.Options;

/// <summary>
/// What a person asked for with `run` (later `create`), parsed and checked but not yet combined with an image. Kept in the
/// container's record. Units: bytes, µs.
/// </summary>
public sealed record RunOptions
{
    public string Image { get; set; } = "";

    /// <summary>COMMAND and ARGs after the image; empty: the image's own.</summary>
    public List<string> Command { get; set; } = [];

    /// <summary>missing, always or never.</summary>
    public string Pull { get; set; } = "missing";

    /// <summary>OS/ARCH[/VARIANT] that the image must be for; null: the host's.</summary>
    public string? Platform { get; set; }

    public string? Name { get; set; }
    public bool Interactive { get; set; }
    public bool Terminal { get; set; }
    public bool Detach { get; set; }
    public bool AutoRemove { get; set; }
    public bool Init { get; set; }

    /// <summary>null: ctrl-p,ctrl-q; "": none.</summary>
    public string? DetachKeys { get; set; }

    /// <summary>--sig-proxy=false: signals end the command that waits, not the container.</summary>
    public bool KeepsSignals { get; set; }

    [JsonIgnore]
    public bool ProxySignals => !KeepsSignals;
    public string? CidFile { get; set; }
    public string? StopSignal { get; set; }

    /// <summary>Seconds that `stop` waits before it kills; null: 10, -1: for ever.</summary>
    public int? StopTimeout { get; set; }
    public RestartOption? RestartSetting { get; set; }
    public LogOptions? LogSetting { get; set; }
    public HealthOption? Health { get; set; }
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>Notes for the runtime (config.json).</summary>
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary>--attach: those of stdin, stdout and stderr that are wanted; null: all.</summary>
    public List<string>? Attach { get; set; }

    /// <summary>--quiet: a pull tells nothing.</summary>
    public bool Quiet { get; set; }

    // process
    /// <summary>null: the image's; "" clears it.</summary>
    public string? Entrypoint { get; set; }
    public List<string> Environment { get; set; } = [];
    public string? WorkingDirectory { get; set; }
    public string? User { get; set; }
    public List<string>? GroupsAdded { get; set; }
    public int? OomScoreAdj { get; set; }
    public List<UlimitOption> Ulimits { get; set; } = [];
    public Dictionary<string, string> Sysctls { get; set; } = [];
    public List<string> CapabilitiesAdded { get; set; } = [];
    public List<string> CapabilitiesDropped { get; set; } = [];
    public List<string> SecurityOptions { get; set; } = [];
    public bool Privileged { get; set; }
    public List<DeviceOption> Devices { get; set; } = [];
    public List<DeviceRuleOption>? DeviceRules { get; set; }

    // names
    public string? Hostname { get; set; }
    public string? Domainname { get; set; }
    public List<string> ExtraHosts { get; set; } = [];
    public List<string> Dns { get; set; } = [];
    public List<string>? DnsSearch { get; set; }
    public List<string>? DnsOptions { get; set; }

    /// <summary>"80/tcp": a note for people.</summary>
    public List<string>? Exposed { get; set; }

    // file system
    public bool ReadOnly { get; set; }
    public List<MountOption> Mounts { get; set; } = [];
    /// <summary>CONTAINER[:ro|rw]: its mounts, too.</summary>
    public List<string> VolumesFrom { get; set; } = [];
    public long? ShmSize { get; set; }

    // limits
    public long? Memory { get; set; }
    /// <summary>memory + swap; -1: unlimited.</summary>
    public long? MemorySwap { get; set; }
    /// <summary>-k: pause instead of kill at the memory limit.</summary>
    public bool OomPause { get; set; }
    public long? MemoryReservation { get; set; }
    public ulong? Swappiness { get; set; }
    public ulong? CpuShares { get; set; }
    public ulong? CpuPeriod { get; set; }
    public long? CpuQuota { get; set; }
    public long? RealtimePeriod { get; set; }
    public long? RealtimeRuntime { get; set; }
    public string? CpusetCpus { get; set; }
    public string? CpusetMems { get; set; }
    public BlockIoOptions? BlockIo { get; set; }
    public long? PidsLimit { get; set; }

    // isolation
    /// <summary>"" = of its own; "host".</summary>
    public string UserNamespace { get; set; } = "";
    /// <summary>none, host or container:ID; null: none, or an interface if there is an address.</summary>
    public string? Network { get; set; }

    /// <summary>host or container:ID; null: of its own.</summary>
    public string? PidMode { get; set; }
    public string? IpcMode { get; set; }
    public string? UtsMode { get; set; }

    /// <summary>host; null: of its own.</summary>
    public string? CgroupNamespace { get; set; }
    /// <summary>-a: "192.168.2.2/24".</summary>
    public string? Address { get; set; }
    /// <summary>-b: an existing bridge of the host.</summary>
    public string? Bridge { get; set; }
    /// <summary>--host-ip: the host end's address of a host-only link.</summary>
    public string? HostAddress { get; set; }

    [JsonIgnore]
    public RestartOption Restart => RestartSetting ?? RestartOption.Never;

    [JsonIgnore]
    public LogOptions Log => LogSetting ?? LogOptions.Standard;
}

/// <summary>--restart: no, always, unless-stopped, or on-failure with the most tries (0: no limit).</summary>
public sealed record RestartOption(string Policy, int MaximumRetries = 0)
{
    public const string No = "no";
    public const string Always = "always";
    public const string UnlessStopped = "unless-stopped";
    public const string OnFailure = "on-failure";

    public static RestartOption Never { get; } = new(No);
}

/// <summary>--health-*, or the image's HEALTHCHECK. Test[0] is NONE, CMD or CMD-SHELL; times in ns, 0: docker's default.</summary>
public sealed record HealthOption
{
    public List<string> Test { get; set; } = [];
    public long Interval { get; set; }
    public long Timeout { get; set; }
    public long StartPeriod { get; set; }
    public long StartInterval { get; set; }
    public int Retries { get; set; }
}

/// <summary>--ulimit NAME=SOFT[:HARD]; the type is RLIMIT_*. ulong.MaxValue: unlimited.</summary>
public sealed record UlimitOption(string Type, ulong Soft, ulong Hard);

/// <summary>--device HOST[:CONTAINER[:rwm]].</summary>
public sealed record DeviceOption(string HostPath, string ContainerPath, string Permissions);

/// <summary>One of -v, --mount, --tmpfs. Type: bind, volume or tmpfs.</summary>
/// <param name="Options">words for the mount: ro, rprivate, size=…, and so on.</param>
/// <param name="CreateSource">-v creates a missing directory of the host, as docker does; --mount does not.</param>
public sealed record MountOption(string Type, string Source, string Destination, List<string> Options, bool CreateSource)
{
    /// <summary>Where a volume's files are on the host; null: <see cref="Source"/> is that.</summary>
    public string? HostPath { get; set; }
}
