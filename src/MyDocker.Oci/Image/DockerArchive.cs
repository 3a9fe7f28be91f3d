using System.Text.Json.Serialization;

namespace MyDocker.Oci.Image;

/// <summary>One image in the manifest.json of what "docker save" writes.</summary>
public sealed record DockerArchiveImage
{
    public const string FileName = "manifest.json";

    /// <summary>Path of the configuration in the archive.</summary>
    [JsonPropertyName("Config")]
    public string? Config { get; set; }

    /// <summary>"centos:7".</summary>
    [JsonPropertyName("RepoTags")]
    public List<string>? RepoTags { get; set; }

    /// <summary>Paths of the layers in the archive, the base layer first.</summary>
    [JsonPropertyName("Layers")]
    public List<string>? Layers { get; set; }
}
