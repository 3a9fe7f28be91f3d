using System.Text.Json.Serialization;
using MyDocker.Runtime.State;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// What the runtime remembers of a container: <c>ROOT/ID/state.json</c>, beside <c>config.json</c>, the bundle's as it was at
/// creation. Written before anything is made, so that it is also the journal of what there is to undo; replaced as a whole.
/// Names of fields as in runc's file of this name where it has them.
/// </summary>
public sealed record SavedContainer
{
    public string Id { get; set; } = "";

    /// <summary>0 until there is a process.</summary>
    public int InitProcessPid { get; set; }

    /// <summary>Start time of the process in clock ticks since boot; with the pid it names one process for ever.</summary>
    public ulong InitProcessStart { get; set; }

    /// <summary>RFC 3339, UTC.</summary>
    public string Created { get; set; } = "";

    /// <summary>Absolute paths.</summary>
    public string Bundle { get; set; } = "";
    public string Rootfs { get; set; } = "";

    /// <summary>User id of who created it.</summary>
    public uint Owner { get; set; }

    /// <summary>Path below the root of each hierarchy; null: it has no cgroup of its own.</summary>
    public string? CgroupPath { get; set; }

    /// <summary>The systemd unit that the cgroup belongs to; null with cgroupfs.</summary>
    public string? SystemdUnit { get; set; }

    /// <summary>The cgroup's directories on the host by controller ("" for v2), whoever asks and wherever that is.</summary>
    public Dictionary<string, string>? CgroupPaths { get; set; }

    /// <summary>Its resctrl group and monitoring group; null: it is in none that it was put into.</summary>
    public string? IntelRdtPath { get; set; }
    public string? IntelRdtMonPath { get; set; }

    /// <summary>The resctrl group goes with the container.</summary>
    public bool OwnsIntelRdt { get; set; }

    /// <summary>The container lives on as processes in its cgroup when init has ended: it shares a pid namespace.</summary>
    public bool SharesPids { get; set; }

    /// <summary>Its processes stay in the session keyring of who starts them (--no-new-keyring).</summary>
    public bool KeepsKeyring { get; set; }

    /// <summary>$NOTIFY_SOCKET at creation: the container has a socket of its own for sd_notify(3).</summary>
    public string? NotifySocket { get; set; }

    [JsonIgnore]
    public ProcessIdentity Init
    {
        get => new(InitProcessPid, InitProcessStart);
        set => (InitProcessPid, InitProcessStart) = (value.Pid, value.StartTime);
    }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SavedContainer))]
internal sealed partial class SavedContainerJson : JsonSerializerContext;
