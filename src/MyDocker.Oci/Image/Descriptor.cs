using System.Text.Json.Serialization;

namespace MyDocker.Oci.Image;

/// <summary>What names a blob (descriptor.md): its type, its digest ("sha256:…") and its size in bytes.</summary>
public sealed record Descriptor
{
    public string MediaType { get; set; } = "";
    public string Digest { get; set; } = "";
    public long Size { get; set; }
    public List<string>? Urls { get; set; }
    public Dictionary<string, string>? Annotations { get; set; }

    /// <summary>The blob itself, base64 in JSON; to be checked against digest and size before use.</summary>
    public byte[]? Data { get; set; }
    public Platform? Platform { get; set; }
    public string? ArtifactType { get; set; }
}

/// <summary>GOOS and GOARCH names: linux, amd64, arm64 with variant v8, …</summary>
public sealed record Platform
{
    public string Architecture { get; set; } = "";
    public string Os { get; set; } = "";

    [JsonPropertyName("os.version")]
    public string? OsVersion { get; set; }

    [JsonPropertyName("os.features")]
    public List<string>? OsFeatures { get; set; }
    public string? Variant { get; set; }
}
