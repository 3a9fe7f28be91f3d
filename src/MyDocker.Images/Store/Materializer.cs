using System.IO.Compression;
using System.Text.Json;
using MyDocker.Images.Archives;
using MyDocker.Images.Layers;
using MyDocker.Images.Manifests;
using MyDocker.Kernel.Digests;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>An image all of whose blobs are in the store: what can leave the host.</summary>
internal sealed record PortableImage(ImageRecord Record, ManifestDocument Document)
{
    public Manifest Manifest => Document.Manifest!;
}

/// <summary>
/// Makes the blobs of layers that were never one: those of imported and committed images, which are written again from their
/// files when the image is pushed or saved for the first time. The image gets a new manifest then; its id stays, unless a
/// layer was imported from an archive that cannot be written again byte by byte.
/// </summary>
internal sealed class Materializer(StorePaths paths)
{
    private readonly ContentStore _content = new(paths);

    /// <param name="preparing">called with the number of a layer whose blob is being made.</param>
    /// <param name="log">hears of a changed id.</param>
    public PortableImage Make(ImageRecord record, Lease lease, string shown, Action<int>? preparing = null, Action<string>? log = null)
    {
        lease.Add([record.ManifestHex, record.ConfigHex, .. record.Layers]);
        var document = ManifestDocument.Parse(_content.Read(record.ManifestHex, ManifestLimits.Manifest), null, shown);
        var manifest = document.Manifest ?? throw new ImageException($"read {shown}: its record points to an index");
        var layers = manifest.Layers ?? [];
        lease.Add(layers.Select(layer => ManifestDocument.HexOf(layer, shown)));
        var config = ImageWriter.ReadConfig(record.Config.ToArray(), shown);
        var diffIds = ImageWriter.DiffIds(config, layers.Count, shown);
        var isSame = true;
        for (var i = 0; i < layers.Count; i++)
        {
            if (_content.Has(ManifestDocument.HexOf(layers[i], shown)))
            {
                continue;
            }

            preparing?.Invoke(i);
            (layers[i], var diffHex) = Compress(record.Layers[i], lease);
            isSame = false;
            if (diffHex != diffIds[i])
            {
                log?.Invoke($"{shown}: the archive that it was imported from cannot be written again exactly; it gets a new image id");
                diffIds[i] = diffHex;
            }
        }

        return isSame ? new PortableImage(record, document) : Replace(record, config, layers, diffIds, shown);
    }

    private PortableImage Replace(ImageRecord record, ImageConfig config, List<Descriptor> layers, List<string> diffIds, string shown)
    {
        var configBytes = record.Config.ToArray();
        if (!ImageWriter.DiffIds(config, layers.Count, shown).SequenceEqual(diffIds))
        {
            configBytes = JsonSerializer.SerializeToUtf8Bytes(config with { Rootfs = new RootFs { DiffIds = diffIds.ConvertAll(hex => $"sha256:{hex}") } }, ImageJson.Default.ImageConfig);
        }

        var manifest = new Manifest
        {
            MediaType = MediaTypes.Manifest,
            Config = new Descriptor { MediaType = MediaTypes.Config, Digest = $"sha256:{Sha256.Hex(configBytes)}", Size = configBytes.Length },
            Layers = layers.ConvertAll(layer => layer with { MediaType = Committer.OciTypeOf(layer.MediaType) }),
        };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, ImageJson.Default.Manifest);
        using (paths.Lock(exclusive: false))
        {
            var writer = new ImageWriter(paths);
            var made = writer.WriteRecord(bytes, configBytes, record.Layers, record.Size, record.IsAnonymous);
            foreach (var (name, fileName, manifestHex) in ImageNames.Names(paths))
            {
                if (manifestHex == record.ManifestHex)
                {
                    StorePaths.Link($"../records/{made.ManifestHex}", paths.Names, fileName);
                }
            }

            // The next collection takes what the old record alone had.
            if (made.ManifestHex != record.ManifestHex)
            {
                Files.TryUnlink(paths.Record(record.ManifestHex));
            }

            return new PortableImage(made, ManifestDocument.Parse(bytes, null, shown));
        }
    }

    private (Descriptor Layer, string DiffHex) Compress(string layerDirectory, Lease lease)
    {
        using var root = Files.Open(paths.Layer(layerDirectory), O_RDONLY | O_DIRECTORY);
        using var partial = _content.Ingest();
        try
        {
            using var compressed = new HashSink(partial.Append);
            string diffHex;
            using (var gzip = new ParallelGzip(compressed))
            using (var plain = new HashSink(gzip.Write))
            {
                new LayerArchiver(root, plain, asLayer: true).Write();
                diffHex = plain.Finish();
            }

            var size = compressed.Length;
            var hex = compressed.Finish();
            lease.Add(hex);
            partial.Commit(hex);
            return (new Descriptor { MediaType = MediaTypes.LayerGzip, Digest = $"sha256:{hex}", Size = size }, diffHex);
        }
        catch
        {
            partial.Discard();
            throw;
        }
    }
}
