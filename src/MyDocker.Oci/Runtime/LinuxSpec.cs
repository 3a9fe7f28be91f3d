using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime;

/// <summary>The "linux" section of config.json (config-linux.md).</summary>
public sealed record LinuxSpec
{
    public List<LinuxIDMapping>? UidMappings { get; set; }
    public List<LinuxIDMapping>? GidMappings { get; set; }
    public Dictionary<string, string>? Sysctl { get; set; }
    public LinuxResources? Resources { get; set; }
    public string? CgroupsPath { get; set; }
    public List<LinuxNamespace>? Namespaces { get; set; }
    public List<LinuxDevice>? Devices { get; set; }

    /// <summary>Network devices of the host to move in, by their name on the host.</summary>
    public Dictionary<string, LinuxNetDevice>? NetDevices { get; set; }
    public LinuxSeccomp? Seccomp { get; set; }

    /// <summary>shared, slave, private or unbindable (or r-prefixed, as runc reads it).</summary>
    public string? RootfsPropagation { get; set; }
    public List<string>? MaskedPaths { get; set; }
    public List<string>? ReadonlyPaths { get; set; }
    public string? MountLabel { get; set; }
    public LinuxIntelRdt? IntelRdt { get; set; }
    public LinuxMemoryPolicy? MemoryPolicy { get; set; }
    public LinuxPersonality? Personality { get; set; }

    /// <summary>Offsets of a time namespace, by clock: "monotonic" and "boottime".</summary>
    public Dictionary<string, LinuxTimeOffset>? TimeOffsets { get; set; }
}

/// <summary>
/// One namespace: pid, network, mount, ipc, uts, user, cgroup or time; joined if <see cref="Path"/> is there, else new.
/// </summary>
public sealed record LinuxNamespace
{
    public string Type { get; set; } = "";
    public string? Path { get; set; }
}

/// <summary>One line of uid_map or gid_map (user_namespaces(7)).</summary>
public sealed record LinuxIDMapping
{
    public uint ContainerID { get; set; }
    public uint HostID { get; set; }
    public uint Size { get; set; }
}

/// <summary>time_namespaces(7), in seconds and nanoseconds.</summary>
public sealed record LinuxTimeOffset
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Secs { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public uint Nanosecs { get; set; }
}

/// <summary>A device node: <see cref="Type"/> is c, b, u or p; the mode is the permission bits in decimal.</summary>
public sealed record LinuxDevice
{
    public string Path { get; set; } = "";
    public string Type { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Major { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Minor { get; set; }
    public uint? FileMode { get; set; }
    public uint? Uid { get; set; }
    public uint? Gid { get; set; }
}

/// <summary>A network device to move in; <see cref="Name"/> is its name in the container, absent: unchanged.</summary>
public sealed record LinuxNetDevice
{
    public string? Name { get; set; }
}

/// <summary>personality(2): <see cref="Domain"/> is LINUX or LINUX32; the specification names no flag yet.</summary>
public sealed record LinuxPersonality
{
    public string Domain { get; set; } = "";
    public List<string>? Flags { get; set; }
}

/// <summary>resctrl. The two Enable… fields of 1.2 were folded into EnableMonitoring by 1.3; bundles still carry them.</summary>
public sealed record LinuxIntelRdt
{
    public string? ClosID { get; set; }
    public List<string>? Schemata { get; set; }
    public string? L3CacheSchema { get; set; }
    public string? MemBwSchema { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EnableMonitoring { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EnableCMT { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EnableMBM { get; set; }
}

/// <summary>set_mempolicy(2): names like MPOL_BIND, nodes like "0-1", flags like MPOL_F_STATIC_NODES.</summary>
public sealed record LinuxMemoryPolicy
{
    public string Mode { get; set; } = "";
    public string? Nodes { get; set; }
    public List<string>? Flags { get; set; }
}
