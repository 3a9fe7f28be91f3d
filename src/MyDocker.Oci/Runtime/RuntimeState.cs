using System.Text.Json.Serialization;

namespace MyDocker.Oci.Runtime;

/// <summary>What `state` prints and what every hook reads on its standard input (runtime.md, "State").</summary>
public sealed record RuntimeState
{
    public string OciVersion { get; set; } = RuntimeSpec.CurrentVersion;
    public string Id { get; set; } = "";
    public string Status { get; set; } = "";

    /// <summary>The container's process as the runtime sees it; 0 and unwritten once it is gone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Pid { get; set; }
    public string Bundle { get; set; } = "";
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary>The next three are runc's additions to `state`, which some callers read.</summary>
    public string? Rootfs { get; set; }

    /// <summary>RFC 3339.</summary>
    public string? Created { get; set; }
    public string? Owner { get; set; }
}

/// <summary>The values of <see cref="RuntimeState.Status"/>.</summary>
public static class RuntimeStatus
{
    public const string Creating = "creating";
    public const string Created = "created";
    public const string Running = "running";
    public const string Stopped = "stopped";

    /// <summary>Not of the specification; runc and crun say it of a frozen container.</summary>
    public const string Paused = "paused";
}

/// <summary>
/// What the listener of SCMP_ACT_NOTIFY receives with the descriptors (config-linux.md, "The Container Process State").
/// </summary>
public sealed record ContainerProcessState
{
    /// <summary>The name in <see cref="Fds"/> of the seccomp notification descriptor.</summary>
    public const string SeccompFdName = "seccompFd";

    public string OciVersion { get; set; } = RuntimeSpec.CurrentVersion;
    public List<string>? Fds { get; set; }
    public int Pid { get; set; }
    public string? Metadata { get; set; }
    public RuntimeState? State { get; set; }
}
