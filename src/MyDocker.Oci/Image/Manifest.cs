namespace MyDocker.Oci.Image;

/// <summary>One image for one platform (manifest.md; Docker's schema 2 has the same shape).</summary>
public sealed record Manifest
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; set; } = 2;
    public string? MediaType { get; set; }
    public string? ArtifactType { get; set; }
    public Descriptor? Config { get; set; }

    /// <summary>The base layer first.</summary>
    public List<Descriptor>? Layers { get; set; }
    public Descriptor? Subject { get; set; }
    public Dictionary<string, string>? Annotations { get; set; }
}

/// <summary>
/// Manifests for several platforms (image-index.md; Docker's manifest list has the same shape). Not called Index, which
/// every file already has from System.
/// </summary>
public sealed record ImageIndex
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; set; } = 2;
    public string? MediaType { get; set; }
    public string? ArtifactType { get; set; }
    public List<Descriptor>? Manifests { get; set; }
    public Descriptor? Subject { get; set; }
    public Dictionary<string, string>? Annotations { get; set; }
}

/// <summary>The file "oci-layout" at the top of an image layout (image-layout.md).</summary>
public sealed record ImageLayout
{
    public const string FileName = "oci-layout";
    public const string IndexFileName = "index.json";
    public const string BlobsDirectory = "blobs";
    public const string CurrentVersion = "1.0.0";

    public string ImageLayoutVersion { get; set; } = "";
}
