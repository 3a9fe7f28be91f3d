using System.Text.Json;
using System.Text.Unicode;
using MyDocker.Kernel.Digests;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Manifests;

/// <summary>
/// A manifest or an index with the bytes that it came as, checked: it is one of both and not two things at once
/// (CVE-2021-41190), its type is the one it was sent as, no name occurs twice, and nothing in it is larger than it may be.
/// </summary>
internal sealed class ManifestDocument
{
    private ManifestDocument(byte[] bytes, string mediaType, Manifest? manifest, ImageIndex? index)
        => (Bytes, MediaType, Manifest, Index, Hex) = (bytes, mediaType, manifest, index, Sha256.Hex(bytes));

    public byte[] Bytes { get; }
    public string MediaType { get; }

    /// <summary>One image; null if this is an index.</summary>
    public Manifest? Manifest { get; }

    /// <summary>Several; null if this is a manifest.</summary>
    public ImageIndex? Index { get; }

    /// <summary>Its digest, 64 digits.</summary>
    public string Hex { get; }

    public static bool IsIndexType(string? mediaType) => mediaType is MediaTypes.Index or MediaTypes.DockerManifestList;

    public static bool IsManifestType(string? mediaType) => mediaType is MediaTypes.Manifest or MediaTypes.DockerManifest;

    /// <param name="sentAs">media type of the answer or descriptor; null if it has none.</param>
    /// <param name="shown">what to call it in messages.</param>
    /// <exception cref="ImageException">what is wrong with it.</exception>
    public static ManifestDocument Parse(byte[] bytes, string? sentAs, string shown)
    {
        if (sentAs is MediaTypes.DockerManifestV1 or MediaTypes.DockerManifestV1Signed)
        {
            throw new ImageException($"read {shown}: it is of schema 1, which nobody can check; push the image again with a client from after 2017");
        }

        if (bytes.Length > ManifestLimits.Manifest)
        {
            throw new ImageException($"read {shown}: it has {bytes.Length} bytes; the limit is {ManifestLimits.Manifest}");
        }

        if (!Utf8.IsValid(bytes))
        {
            throw new ImageException($"read {shown}: it is not JSON: its text is not UTF-8");
        }

        try
        {
            var (inside, isIndex) = Look(bytes, shown);
            var type = inside ?? (IsIndexType(sentAs) || IsManifestType(sentAs) ? sentAs! : isIndex ? MediaTypes.Index : MediaTypes.Manifest);
            if (IsIndexType(type) != isIndex || (!isIndex && !IsManifestType(type)))
            {
                throw new ImageException($"read {shown}: it says that it is {Printable.Name(type)}, and has the fields of {(isIndex ? "an index" : "a manifest")}");
            }

            if ((IsIndexType(sentAs) || IsManifestType(sentAs)) && sentAs != type)
            {
                throw new ImageException($"read {shown}: it was sent as {Printable.Name(sentAs!)} and says that it is {Printable.Name(type)}");
            }

            return isIndex
                ? new ManifestDocument(bytes, type, null, Check(JsonSerializer.Deserialize(bytes, ImageJson.Default.ImageIndex)!, shown))
                : new ManifestDocument(bytes, type, Check(JsonSerializer.Deserialize(bytes, ImageJson.Default.Manifest)!, shown), null);
        }
        catch (JsonException e)
        {
            throw new ImageException($"read {shown}: it is not what JSON, or the image specification, says: {e.Message}", e);
        }
    }

    /// <summary>"sha256:" and 64 digits, as 64 digits.</summary>
    public static string HexOf(Descriptor descriptor, string shown) => TryHex(descriptor.Digest)
        ?? throw new ImageException($"read {shown}: the digest {Printable.Name(descriptor.Digest)} is not sha256: and 64 lower-case hexadecimal digits");

    public static string? TryHex(string? digest)
        => digest is { Length: 7 + 64 } && digest.StartsWith("sha256:", StringComparison.Ordinal) && digest.AsSpan(7).IndexOfAnyExcept("0123456789abcdef") < 0 ? digest[7..] : null;

    // What it says it is, and what it looks like, before anything of it is believed.
    private static (string? MediaType, bool IsIndex) Look(byte[] bytes, string shown)
    {
        using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = ManifestLimits.JsonDepth, AllowDuplicateProperties = false });
        var root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("expected an object");
        }

        if (!root.TryGetProperty("schemaVersion", out var version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out var number) || number != 2)
        {
            throw new ImageException($"read {shown}: its schemaVersion is not 2");
        }

        var isIndex = root.TryGetProperty("manifests", out _);
        var isManifest = root.TryGetProperty("layers", out _) || root.TryGetProperty("config", out _) || root.TryGetProperty("fsLayers", out _);
        return isIndex && isManifest ? throw new ImageException($"read {shown}: it has the fields of a manifest and those of an index: nobody can tell which it is (CVE-2021-41190)")
            : !isIndex && !isManifest ? throw new ImageException($"read {shown}: it is neither a manifest nor an index")
            : (root.TryGetProperty("mediaType", out var type) ? type.ValueKind == JsonValueKind.String ? type.GetString() : throw new JsonException("mediaType is not a text") : null, isIndex);
    }

    private static Manifest Check(Manifest manifest, string shown)
    {
        if (manifest.Config is null)
        {
            throw new ImageException($"read {shown}: it names no configuration");
        }

        CheckOne(manifest.Config, shown);
        CheckCount(manifest.Layers?.Count ?? 0, ManifestLimits.Layers, "layers", shown);
        manifest.Layers?.ForEach(layer => CheckOne(layer ?? throw new JsonException("a layer is null"), shown));
        return manifest.Config.Size > ManifestLimits.Config
            ? throw new ImageException($"read {shown}: its configuration has {manifest.Config.Size} bytes; the limit is {ManifestLimits.Config}")
            : manifest;
    }

    private static ImageIndex Check(ImageIndex index, string shown)
    {
        CheckCount(index.Manifests?.Count ?? 0, ManifestLimits.IndexEntries, "manifests", shown);
        index.Manifests?.ForEach(entry => CheckOne(entry ?? throw new JsonException("a manifest is null"), shown));
        return index;
    }

    private static void CheckOne(Descriptor descriptor, string shown)
    {
        HexOf(descriptor, shown);
        if (descriptor.Size < 0)
        {
            throw new ImageException($"read {shown}: {descriptor.Digest} has the size {descriptor.Size}");
        }
    }

    private static void CheckCount(int count, int limit, string what, string shown)
    {
        if (count > limit)
        {
            throw new ImageException($"read {shown}: it lists {count} {what}; the limit is {limit}");
        }
    }
}
