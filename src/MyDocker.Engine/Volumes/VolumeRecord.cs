using System.Text.Json.Serialization;

namespace MyDocker.Engine.Volumes;

/// <summary>A volume: <c>volumes/NAME/volume.json</c>, beside its files in <c>_data</c>.</summary>
public sealed record VolumeRecord
{
    public string Name { get; set; } = "";
    public DateTimeOffset Created { get; set; }
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>It was made for one container and has no name that a person gave.</summary>
    public bool Anonymous { get; set; }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(VolumeRecord))]
internal sealed partial class VolumeJson : JsonSerializerContext;
