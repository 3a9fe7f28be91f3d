using System.Text.Json.Serialization;

namespace MyDocker.Engine.Events;

/// <summary>Something that happened, in docker's words.</summary>
public sealed record EngineEvent
{
    /// <summary>container, volume, image.</summary>
    public string Type { get; set; } = "container";

    /// <summary>create, start, die, …</summary>
    public string Action { get; set; } = "";

    /// <summary>The container's id, or the volume's or image's name.</summary>
    public string Id { get; set; } = "";

    /// <summary>Nanoseconds since 1970.</summary>
    public long TimeNano { get; set; }

    /// <summary>image, name, labels, and what belongs to the action: exitCode, signal, …</summary>
    public Dictionary<string, string> Attributes { get; set; } = [];

    [JsonIgnore]
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(TimeNano / 100);

    public static long Nano(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
