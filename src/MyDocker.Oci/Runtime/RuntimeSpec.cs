using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime;

/// <summary>
/// config.json of a bundle (runtime-spec 1.3, config.md), the common and the Linux part.
/// In this whole namespace a property's name is the JSON name with its first letters raised (execCPUAffinity is
/// ExecCPUAffinity, containerID is ContainerID), so camel case is the only naming rule and no name is written twice.
/// What the specification lets be absent is nullable where absence differs from zero.
/// </summary>
public sealed record RuntimeSpec
{
    /// <summary>The version of the specification these records follow, and the one we write.</summary>
    public const string CurrentVersion = "1.3.0";

    public string OciVersion { get; set; } = "";
    public ProcessSpec? Process { get; set; }
    public RootSpec? Root { get; set; }
    public string? Hostname { get; set; }
    public string? Domainname { get; set; }
    public List<MountSpec>? Mounts { get; set; }
    public Hooks? Hooks { get; set; }
    public Dictionary<string, string>? Annotations { get; set; }
    public LinuxSpec? Linux { get; set; }
}

/// <summary>The root filesystem; <see cref="Path"/> is absolute or relative to the bundle.</summary>
public sealed record RootSpec
{
    public string Path { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Readonly { get; set; }
}

/// <summary>One mount; a relative <see cref="Source"/> of a bind mount is relative to the bundle.</summary>
public sealed record MountSpec
{
    public string Destination { get; set; } = "";
    public string? Type { get; set; }
    public string? Source { get; set; }
    public List<string>? Options { get; set; }
    public List<LinuxIDMapping>? UidMappings { get; set; }
    public List<LinuxIDMapping>? GidMappings { get; set; }
}

/// <summary>The six kinds of hooks, each run in the order of its list.</summary>
public sealed record Hooks
{
    /// <summary>Deprecated by the specification, still used by the NVIDIA toolkit.</summary>
    public List<Hook>? Prestart { get; set; }
    public List<Hook>? CreateRuntime { get; set; }
    public List<Hook>? CreateContainer { get; set; }
    public List<Hook>? StartContainer { get; set; }
    public List<Hook>? Poststart { get; set; }
    public List<Hook>? Poststop { get; set; }
}

/// <summary>A program to run; <see cref="Args"/> includes argv[0]; <see cref="Timeout"/> is in seconds, above 0.</summary>
public sealed record Hook
{
    public string Path { get; set; } = "";
    public List<string>? Args { get; set; }
    public List<string>? Env { get; set; }
    public int? Timeout { get; set; }
}
