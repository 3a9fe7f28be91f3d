using System.Text.Json.Serialization;
using MyDocker.Engine.Options;
using MyDocker.Images.Users;
using MyDocker.Oci.Image;
using MyDocker.Runtime.State;

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

    /// <summary>One of <see cref="StorageDriver"/>; null: a union.</summary>
    public string? Driver { get; set; }

    /// <summary>Its writable directory holds all its files, those of the image too.</summary>
    [JsonIgnore]
    public bool IsCopy => Driver == StorageDriver.Copy;

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

    /// <summary>Limits, policy and name may be changed while it runs; the monitor reads the record again when it is told so.</summary>
    [JsonIgnore]
    public bool IsKept => !Options.AutoRemove;

    /// <summary>The cgroup, the same path in every hierarchy; flat, so that there is no parent to share and to leave behind.</summary>
    [JsonIgnore]
    public string CgroupPath => $"/mydocker-{Id}";
}

/// <summary>What a container does: <c>state.json</c>, in the state root while it runs, in the data root afterwards.</summary>
public sealed record ContainerState
{
    /// <summary>One of <see cref="ContainerStatus"/>.</summary>
    public string Status { get; set; } = ContainerStatus.Created;

    /// <summary>The <see cref="Reason"/> where there is no exit code.</summary>
    public const string UnseenEnd = "its monitor was killed; nobody saw the exit code";

    public int Pid { get; set; }

    /// <summary>First of the 65,536 host ids that the container's own are mapped to; 0: no user namespace of its own.</summary>
    public uint FirstHostId { get; set; }

    /// <summary>Start time of the process in clock ticks (/proc/PID/stat field 22): with the pid it names one process for ever.</summary>
    public ulong PidStartTime { get; set; }

    public DateTimeOffset? Started { get; set; }
    public DateTimeOffset? Finished { get; set; }

    /// <summary>The monitor that looks after it, as <see cref="Pid"/> and <see cref="PidStartTime"/> name the container's init.</summary>
    public int MonitorPid { get; set; }
    public ulong MonitorStartTime { get; set; }

    /// <summary>How often the restart policy has started it again since somebody started it.</summary>
    public int RestartCount { get; set; }

    /// <summary>Exit code once it has exited; null where nobody saw it (the monitor was killed).</summary>
    public int? ExitCode { get; set; }

    /// <summary>Signal that ended it, 0 for none.</summary>
    public int Signal { get; set; }

    public bool OomKilled { get; set; }

    /// <summary>Paused because the memory limit was reached (-k).</summary>
    public bool OomPaused { get; set; }

    /// <summary>Why it died or never started, in words.</summary>
    public string? Reason { get; set; }

    /// <summary>What the health check found; null without one.</summary>
    public HealthState? Health { get; set; }

    [JsonIgnore]
    public ProcessIdentity Init => new(Pid, PidStartTime);

    [JsonIgnore]
    public ProcessIdentity Monitor => new(MonitorPid, MonitorStartTime);

    /// <summary>Whether its init runs now, whatever the file says.</summary>
    [JsonIgnore]
    public bool IsAlive => Init.IsAlive;

    /// <summary>No process of it runs now, and its monitor is about to write down how it ended, or to start it again.</summary>
    [JsonIgnore]
    public bool IsBetweenRuns => Status is ContainerStatus.Running or ContainerStatus.Restarting && Monitor.IsAlive && !IsAlive;
}

/// <summary>starting, healthy or unhealthy, and what the last probes said.</summary>
public sealed record HealthState
{
    public string Status { get; set; } = "starting";

    /// <summary>Probes that failed one after the other.</summary>
    public int FailingStreak { get; set; }

    /// <summary>The last five, oldest first.</summary>
    public List<HealthProbe> Log { get; set; } = [];
}

/// <param name="Output">the first 4096 bytes.</param>
public sealed record HealthProbe(DateTimeOffset Start, DateTimeOffset End, int ExitCode, string Output);

/// <summary>docker's words for what a container does.</summary>
public static class ContainerStatus
{
    public const string Created = "created";
    public const string Running = "running";
    public const string Paused = "paused";

    /// <summary>It has ended, and its restart policy will start it again.</summary>
    public const string Restarting = "restarting";
    public const string Exited = "exited";

    /// <summary>Its files are damaged; nothing but removing it is possible.</summary>
    public const string Dead = "dead";
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ContainerRecord))]
[JsonSerializable(typeof(ContainerState))]
[JsonSerializable(typeof(Events.EngineEvent))]
internal sealed partial class EngineJson : JsonSerializerContext;
