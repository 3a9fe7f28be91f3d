using System.Text.Json.Serialization;

namespace MyDocker.Oci.Image;

/// <summary>
/// The configuration blob of an image (config.md). Dates are kept as the RFC 3339 text they came as, so that history
/// copied into a derived image does not change in its ninth digit.
/// </summary>
public sealed record ImageConfig
{
    public string? Created { get; set; }
    public string? Author { get; set; }
    public string Architecture { get; set; } = "";
    public string Os { get; set; } = "";

    [JsonPropertyName("os.version")]
    public string? OsVersion { get; set; }

    [JsonPropertyName("os.features")]
    public List<string>? OsFeatures { get; set; }
    public string? Variant { get; set; }
    public ContainerConfig? Config { get; set; }
    public RootFs? Rootfs { get; set; }
    public List<History>? History { get; set; }
}

/// <summary>
/// How to run the image: the specification's fields and, from Healthcheck on, what Docker adds. PascalCase in JSON.
/// </summary>
public sealed record ContainerConfig
{
    [JsonPropertyName("User")]
    public string? User { get; set; }

    /// <summary>Keys like "80/tcp".</summary>
    [JsonPropertyName("ExposedPorts")]
    public Dictionary<string, EmptyObject?>? ExposedPorts { get; set; }

    [JsonPropertyName("Env")]
    public List<string>? Env { get; set; }

    [JsonPropertyName("Entrypoint")]
    public List<string>? Entrypoint { get; set; }

    [JsonPropertyName("Cmd")]
    public List<string>? Cmd { get; set; }

    /// <summary>Keys are paths in the container.</summary>
    [JsonPropertyName("Volumes")]
    public Dictionary<string, EmptyObject?>? Volumes { get; set; }

    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; set; }

    [JsonPropertyName("Labels")]
    public Dictionary<string, string>? Labels { get; set; }

    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; set; }

    /// <summary>Windows only: Entrypoint and Cmd are one escaped command line.</summary>
    [JsonPropertyName("ArgsEscaped")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ArgsEscaped { get; set; }

    [JsonPropertyName("Healthcheck")]
    public Healthcheck? Healthcheck { get; set; }

    [JsonPropertyName("OnBuild")]
    public List<string>? OnBuild { get; set; }

    [JsonPropertyName("Shell")]
    public List<string>? Shell { get; set; }

    /// <summary>Seconds between the stop signal and SIGKILL.</summary>
    [JsonPropertyName("StopTimeout")]
    public int? StopTimeout { get; set; }
}

/// <summary>HEALTHCHECK; times in nanoseconds, 0: the default. <see cref="Test"/> is NONE, CMD … or CMD-SHELL ….</summary>
public sealed record Healthcheck
{
    [JsonPropertyName("Test")]
    public List<string>? Test { get; set; }

    [JsonPropertyName("Interval")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Interval { get; set; }

    [JsonPropertyName("Timeout")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Timeout { get; set; }

    [JsonPropertyName("StartPeriod")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StartPeriod { get; set; }

    [JsonPropertyName("StartInterval")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StartInterval { get; set; }

    [JsonPropertyName("Retries")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Retries { get; set; }
}

/// <summary>The digests of the uncompressed layers, the base layer first; <see cref="Type"/> is "layers".</summary>
public sealed record RootFs
{
    public string Type { get; set; } = "layers";

    [JsonPropertyName("diff_ids")]
    public List<string>? DiffIds { get; set; }
}

/// <summary>What made one layer, or (<see cref="EmptyLayer"/>) changed the configuration only.</summary>
public sealed record History
{
    public string? Created { get; set; }

    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; set; }
    public string? Author { get; set; }
    public string? Comment { get; set; }

    [JsonPropertyName("empty_layer")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool EmptyLayer { get; set; }
}

/// <summary>The "{}" that stands for the members of a set in Go's JSON.</summary>
public sealed record EmptyObject;
