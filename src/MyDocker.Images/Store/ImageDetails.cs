using System.Text.Json;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>All that is known of one image.</summary>
/// <param name="Id">"sha256:…", the digest of the configuration.</param>
/// <param name="Tags">"centos:7", as users write them.</param>
/// <param name="Digests">"centos@sha256:…", what registries know it by.</param>
/// <param name="Manifest">"sha256:…", its manifest in the store.</param>
/// <param name="Size">sum of the sizes of its files, bytes.</param>
/// <param name="LayerSizes">of each layer, the base layer first, bytes.</param>
/// <param name="Layers">names of the layers' directories, the base layer first.</param>
public sealed record ImageDetails(
    string Id,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string> Digests,
    string Manifest,
    long Size,
    ImageConfig Config,
    IReadOnlyList<long> LayerSizes,
    IReadOnlyList<string> Layers)
{
    internal static ImageDetails Of(StorePaths paths, ImageRecord record)
    {
        var names = ImageNames.Names(paths).Where(name => name.ManifestHex == record.ManifestHex).Select(name => name.Name).ToList();
        return new ImageDetails(
            $"sha256:{record.ConfigHex}",
            [.. names.Where(name => name.Digest is null).Select(name => name.Familiar).Order(StringComparer.Ordinal)],
            [.. names.Where(name => name.Digest is not null).Select(name => name.Familiar).Order(StringComparer.Ordinal)],
            $"sha256:{record.ManifestHex}",
            record.Size,
            ConfigOf(record),
            [.. record.Layers.Select(layer => SizeOfLayer(paths, layer))],
            record.Layers);
    }

    private static ImageConfig ConfigOf(ImageRecord record)
    {
        try
        {
            return ConfigReader.Read(record.Config.Span, withHistory: true);
        }
        catch (JsonException e)
        {
            throw new ImageException($"read the configuration of image {record.ConfigHex[..12]}: {e.Message}", e);
        }
    }

    private static long SizeOfLayer(StorePaths paths, string layer) => MyDocker.Images.Layers.LayerState.SizeOf(paths.LayerHome(layer));
}
