using MyDocker.Oci.Json;

namespace MyDocker.Engine.Volumes;

/// <summary>A volume: <c>volumes/NAME/volume.json</c>, beside its files in <c>_data</c>.</summary>
public sealed record VolumeRecord
{
    public string Name { get; set; } = "";
    public DateTimeOffset Created { get; set; }
    public Dictionary<string, string> Labels { get; set; } = [];

    /// <summary>It was made for one container and has no name that a person gave.</summary>
    public bool Anonymous { get; set; }

    internal static JsonShape<VolumeRecord> Shape { get; } = new JsonShape<VolumeRecord>(() => new VolumeRecord())
        .Text("name", o => o.Name, (o, v) => o with { Name = v })
        .Time("created", o => o.Created, (o, v) => o with { Created = v })
        .TextMap("labels", o => o.Labels, (o, v) => o with { Labels = v })
        .Bool("anonymous", o => o.Anonymous, (o, v) => o with { Anonymous = v });
}
