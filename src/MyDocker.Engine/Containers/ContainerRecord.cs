using System.Text.Json.Serialization;
using MyDocker.Engine.Options;
using MyDocker.Images.Users;
using MyDocker.Oci.Image;

namespace MyDocker.Engine.Containers;

/// <summary>What a container is, from its creation on: <c>containers/ID/container.json</c>. Written once, replaced as a whole on update.</summary>
public sealed record ContainerRecord
{
    public string Id { get; set; } = "";
    public string Name { get; set; } = "";
    public DateTimeOffset Created { get; set; }

    /// <summary>The image as it was asked for, and its id ("" for a directory used in place).</summary>
    public string Image { get; set; } = "";
    public string ImageId { get; set; } = "";

    /// <summary>The directory that all layers lie in, and the layers below it, top-most first.</summary>
    public string LayersParent { get; set; } = "";
    public List<string> Layers { get; set; } = [];

    /// <summary>The command line, for people.</summary>
    public List<string> CommandLine { get; set; } = [];

    public string StopSignal { get; set; } = "SIGTERM";

    /// <summary>Where mydocker-init lies on the host, for --init.</summary>
    public string? InitProgram { get; set; }

    /// <summary>The image's own wishes; null for a directory used in place.</summary>
    public ContainerConfig? ImageConfig { get; set; }

    /// <summary>The command's user, looked up in the image when the container was created.</summary>
    public ImageUser User { get; set; } = new(0, 0, [0], "/", null);

    public RunOptions Options { get; set; } = new();

    /// <summary>The cgroup, the same path in every hierarchy; flat, so that there is no parent to share and to leave behind.</summary>
    [JsonIgnore]
    public string CgroupPath => $"/mydocker-{Id}";
}

/// <summary>What a container does: <c>state.json</c>, in the state root while it runs, in the data root afterwards.</summary>
public sealed record ContainerState
{
    /// <summary>created, running, paused, exited.</summary>
    public string Status { get; set; } = "created";

    public int Pid { get; set; }

    /// <summary>First of the 65,536 host ids that the container's own are mapped to; 0: no user namespace of its own.</summary>
    public uint FirstHostId { get; set; }

    /// <summary>Start time of the process in clock ticks (/proc/PID/stat field 22): with the pid it names one process for ever.</summary>
    public ulong PidStartTime { get; set; }

    public DateTimeOffset? Started { get; set; }
    public DateTimeOffset? Finished { get; set; }

    /// <summary>Exit code once it has exited; null where nobody saw it (the monitor was killed).</summary>
    public int? ExitCode { get; set; }

    /// <summary>Signal that ended it, 0 for none.</summary>
    public int Signal { get; set; }

    public bool OomKilled { get; set; }

    /// <summary>Paused because the memory limit was reached (-k).</summary>
    public bool OomPaused { get; set; }

    /// <summary>Why it died or never started, in words.</summary>
    public string? Reason { get; set; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ContainerRecord))]
[JsonSerializable(typeof(ContainerState))]
internal sealed partial class EngineJson : JsonSerializerContext;
