using System.Text.Json;
using MyDocker.Images.Layers;
using MyDocker.Images.References;
using MyDocker.Kernel.Digests;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>An image that is another one and a layer on top of it.</summary>
public sealed record CommitRequest
{
    /// <summary>"sha256:…" of the image below; empty: there is none.</summary>
    public required string BaseId { get; init; }

    /// <summary>A directory in overlayfs' form (whiteouts as devices 0:0): a container's upper; null: only the configuration changes.</summary>
    public string? Upper { get; init; }

    /// <summary>How the new image is run; null: as the one below.</summary>
    public ContainerConfig? Config { get; init; }
    public string? Author { get; init; }
    public string? Comment { get; init; }

    /// <summary>What made the layer, for "history".</summary>
    public string? CreatedBy { get; init; }
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>The name it gets; null: none.</summary>
    public ImageReference? Name { get; init; }
}

/// <summary>Makes images of an image and a layer on top of it: "commit", and the steps of a build.</summary>
internal sealed class Committer(StorePaths paths)
{
    private readonly ContentStore _content = new(paths);
    private readonly ImageWriter _writer = new(paths);

    private sealed record Layer(string DiffId, long TarSize, long Size, long Entries);

    /// <summary>1. lease the image below; 2. the layer; 3. configuration; 4. manifest, record, name.</summary>
    public ImportedImage Commit(CommitRequest request)
    {
        if (request.Name is { } name)
        {
            StorePaths.Encode(name);
        }

        using var lease = Lease.Take(paths);
        var (below, config, manifest) = Below(request, lease);
        var layer = request.Upper is { } upper ? MakeLayer(upper, lease) : null;
        var newConfig = JsonSerializer.SerializeToUtf8Bytes(Configuration(request, config, layer), ImageJson.Default.ImageConfig);
        var layers = below?.Layers.ToList() ?? [];
        if (layer is not null)
        {
            layers.Add(layer.DiffId);
        }

        using (paths.Lock(exclusive: false))
        {
            var newManifest = JsonSerializer.SerializeToUtf8Bytes(ManifestOf(manifest, newConfig, layer), ImageJson.Default.Manifest);
            var record = _writer.WriteRecord(newManifest, newConfig, layers, (below?.Size ?? 0) + (layer?.Size ?? 0));
            if (request.Name is not null)
            {
                _writer.Name(request.Name, record.ManifestHex);
            }

            return new ImportedImage($"sha256:{record.ConfigHex}", request.Name, layer?.Size ?? 0, layer?.Entries ?? 0, []);
        }
    }

    private (ImageRecord? Record, ImageConfig Config, Manifest? Manifest) Below(CommitRequest request, Lease lease)
    {
        if (request.BaseId.Length == 0)
        {
            return (null, Importer.DefaultConfig() with { Config = null }, null);
        }

        ImageRecord record;
        using (paths.Lock(exclusive: false))
        {
            record = ImageNames.FindById(paths, request.BaseId)
                ?? throw new ImageException($"commit on image {Printable.Name(request.BaseId)}: there is no such image any more; see 'mydocker images'");
        }

        lease.Add([record.ManifestHex, record.ConfigHex, .. record.Layers]);
        var manifest = JsonSerializer.Deserialize(_content.Read(record.ManifestHex, Manifests.ManifestLimits.Manifest), ImageJson.Default.Manifest)!;
        lease.Add((manifest.Layers ?? []).Select(l => Manifests.ManifestDocument.TryHex(l.Digest)).OfType<string>());
        return (record, ImageWriter.ReadConfig(record.Config.ToArray(), request.BaseId), manifest);
    }

    private Layer MakeLayer(string upper, Lease lease)
    {
        using var layers = Files.Open(paths.Layers, O_RDONLY | O_DIRECTORY);
        Staging.Sweep(layers);
        using var source = Files.Open(upper, O_RDONLY | O_DIRECTORY);
        using var staging = Staging.Make(layers);
        Files.TryStat(paths.Root, out var exclude);
        var copier = new DirectoryCopier(source, staging.FileSystem, archive: null, exclude);
        copier.Copy(null);

        // From the copy, not the source: what runs may change its files meanwhile.
        using var hash = new Archives.HashSink();
        var archiver = new LayerArchiver(staging.FileSystem, hash, asLayer: true);
        archiver.Write();
        var size = hash.Length;
        var layer = new Layer(hash.Finish(), size, archiver.Size, copier.Count);
        lease.Add(layer.DiffId);
        staging.Commit(layer.DiffId, layer.Size);
        return layer;
    }

    private static ImageConfig Configuration(CommitRequest request, ImageConfig below, Layer? layer)
    {
        var time = ImageWriter.TimeText(request.Created);
        return below with
        {
            Created = time,
            Author = request.Author ?? below.Author,
            Config = request.Config ?? below.Config,
            Rootfs = new RootFs { DiffIds = [.. below.Rootfs?.DiffIds ?? [], .. layer is null ? (IEnumerable<string>)[] : [$"sha256:{layer.DiffId}"]] },
            History =
            [
                .. below.History ?? [],
                new History { Created = time, CreatedBy = request.CreatedBy, Author = request.Author, Comment = request.Comment, EmptyLayer = layer is null },
            ],
        };
    }

    private static Manifest ManifestOf(Manifest? below, byte[] config, Layer? layer)
    {
        var layers = (below?.Layers ?? []).ConvertAll(own => own with { MediaType = OciTypeOf(own.MediaType) });
        if (layer is not null)
        {
            layers.Add(new Descriptor { MediaType = MediaTypes.Layer, Digest = $"sha256:{layer.DiffId}", Size = layer.TarSize });
        }

        return new Manifest
        {
            MediaType = MediaTypes.Manifest,
            Config = new Descriptor { MediaType = MediaTypes.Config, Digest = $"sha256:{Sha256.Hex(config)}", Size = config.Length },
            Layers = layers,
        };
    }

    /// <summary>The media type of the image specification for one of docker's.</summary>
    internal static string OciTypeOf(string type) => type switch
    {
        MediaTypes.DockerLayer => MediaTypes.Layer,
        MediaTypes.DockerLayerGzip => MediaTypes.LayerGzip,
        MediaTypes.DockerLayerZstd => MediaTypes.LayerZstd,
        MediaTypes.DockerForeignLayer => MediaTypes.NonDistributableLayer,
        MediaTypes.DockerForeignLayerGzip => MediaTypes.NonDistributableLayerGzip,
        _ => type,
    };
}
