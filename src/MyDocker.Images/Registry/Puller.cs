using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Registry;

/// <summary>What to pull.</summary>
public sealed record PullRequest(ImageReference Name)
{
    /// <summary>null: the host's.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Called from several threads.</summary>
    public Action<TransferEvent>? Progress { get; init; }

    /// <summary>What users may want to read meanwhile: retries, mirrors that do not answer, what could not be kept exactly.</summary>
    public Action<string>? Log { get; init; }
}

/// <summary>What a pull made.</summary>
/// <param name="Id">"sha256:…", the digest of the configuration.</param>
/// <param name="Digest">"sha256:…", what the registry has under the name: a manifest or an index.</param>
/// <param name="IsNew">false: the name stood for this image already.</param>
public sealed record PulledImage(ImageReference Name, string Id, string Digest, bool IsNew);

/// <summary>Pulls one image from one endpoint: manifest, configuration, then all layers at once.</summary>
internal sealed class Puller(StorePaths paths, RegistryClient client, PullRequest request)
{
    private readonly ContentStore _content = new(paths);
    private readonly LayerInstaller _installer = new(paths);
    private readonly ImageWriter _writer = new(paths);
    private readonly string _shown = request.Name.Familiar;

    /// <summary>
    /// 1. manifest, through indexes, for the platform; 2. lease; 3. configuration; 4. layers, several at a time; 5. wait
    /// for the disk, once; 6. record; 7. names.
    /// </summary>
    public PulledImage Pull()
    {
        var name = request.Name;
        var top = client.GetManifest(name.Digest ?? name.Tag!, _shown);
        var (document, between) = Choose(top);
        using var lease = Lease.Take(paths);
        _installer.Sweep();
        var manifest = document.Manifest!;
        var configHex = ManifestDocument.HexOf(manifest.Config!, _shown);
        lease.Add([top.Hex, document.Hex, configHex, .. between.Select(index => index.Hex), .. manifest.Layers!.Select(layer => ManifestDocument.HexOf(layer, _shown))]);
        CheckTypes(manifest);
        var config = _content.TryRead(configHex, ManifestLimits.Config) ?? client.GetBlob(manifest.Config!, ManifestLimits.Config, _shown);
        var parsed = ImageWriter.CheckConfig(config, _shown);
        var diffIds = ImageWriter.DiffIds(parsed, manifest.Layers!.Count, _shown);
        CheckPlatform(parsed);
        lease.Add(diffIds);

        FetchLayers(manifest.Layers!, diffIds);
        _writer.Settle(diffIds);
        return Record(top, document, between, config, diffIds);
    }

    private PulledImage Record(ManifestDocument top, ManifestDocument document, List<ManifestDocument> between, byte[] config, List<string> diffIds)
    {
        var name = request.Name;
        using (paths.Lock(exclusive: false))
        {
            foreach (var index in between.Where(index => index.Hex != document.Hex))
            {
                _content.Put(index.Bytes);
            }

            var known = ImageRecord.TryRead(name.Digest is null ? paths.Name(name) : paths.Record(document.Hex));
            var record = _writer.WriteRecord(document.Bytes, config, diffIds, diffIds.Sum(_installer.SizeOf));
            if (name.Digest is null)
            {
                _writer.Name(name, record.ManifestHex);
            }

            _writer.NameByDigest(name, top.Hex, record.ManifestHex);
            return new PulledImage(name, $"sha256:{record.ConfigHex}", $"sha256:{top.Hex}", known?.ManifestHex != record.ManifestHex);
        }
    }

    /// <summary>The manifest for the platform, and the indexes on the way to it.</summary>
    private (ManifestDocument Manifest, List<ManifestDocument> Indexes) Choose(ManifestDocument document)
    {
        var indexes = new List<ManifestDocument>();
        var wanted = request.Platform ?? Platforms.Host;
        while (document.Index is { } index)
        {
            if (indexes.Count == ManifestLimits.IndexDepth)
            {
                throw new ImageException($"pull {_shown}: an index in an index, {indexes.Count} deep; the limit is {ManifestLimits.IndexDepth}");
            }

            indexes.Add(document);
            var entry = Platforms.Select(index, wanted).FirstOrDefault()
                ?? (index.Manifests is [{ Platform: null } only] ? only : null)
                ?? throw new ImageException($"pull {_shown}: there is none for {Platforms.Text(wanted)}; there are {Offers(index)}; choose with --platform");
            if (entry.Size > ManifestLimits.Manifest)
            {
                throw new ImageException($"pull {_shown}: the manifest {entry.Digest} has {entry.Size} bytes; the limit is {ManifestLimits.Manifest}");
            }

            document = client.GetManifest(entry.Digest, _shown);
            if (document.Bytes.Length != entry.Size)
            {
                throw new ImageException($"pull {_shown}: the manifest {entry.Digest} has {document.Bytes.Length} bytes, and the index says {entry.Size}");
            }
        }

        return (document, indexes);
    }

    private static string Offers(ImageIndex index)
    {
        var offers = (index.Manifests ?? []).Where(entry => entry.Platform is { Os: not "unknown" }).Select(entry => Printable.Name(Platforms.Text(entry.Platform!)).Trim('\'')).Distinct().Take(20);
        return string.Join(", ", offers) is { Length: > 0 } text ? text : "none with a platform";
    }

    private void CheckTypes(Manifest manifest)
    {
        if (manifest.Config!.MediaType is not (MediaTypes.Config or MediaTypes.DockerConfig))
        {
            throw new ImageException($"pull {_shown}: it is no image but an artifact of type {Printable.Name(manifest.ArtifactType ?? manifest.Config.MediaType)}; fetch it with a tool for those");
        }

        foreach (var layer in manifest.Layers ??= [])
        {
            if (!LayerInstaller.IsLayerType(layer.MediaType))
            {
                throw new ImageException($"pull {_shown}: its layer {layer.Digest} is of type {Printable.Name(layer.MediaType)}, which is not a layer of files");
            }
        }
    }

    private void CheckPlatform(ImageConfig config)
    {
        if (request.Platform is { } wanted && !Platforms.Matches(config.Os, config.Architecture, config.Variant, wanted))
        {
            throw new ImageException($"pull {_shown}: it is for {Printable.Name($"{config.Os}/{config.Architecture}").Trim('\'')}, and {Platforms.Text(wanted)} was asked for");
        }

        if (request.Platform is null && !Platforms.Matches(config.Os, config.Architecture, config.Variant, Platforms.Host))
        {
            request.Log?.Invoke($"{_shown} is for {Printable.Name($"{config.Os}/{config.Architecture}").Trim('\'')}, and this host is {Platforms.Text(Platforms.Host)}");
        }
    }

    private void FetchLayers(List<Descriptor> layers, List<string> diffIds)
    {
        // An image may hold the same layer twice (the empty one, often).
        var work = layers.Zip(diffIds).DistinctBy(pair => pair.First.Digest).ToList();
        foreach (var (layer, _) in work)
        {
            request.Progress?.Invoke(new TransferEvent(ManifestDocument.HexOf(layer, _shown), TransferPhase.Waiting, 0, layer.Size));
        }

        new Parallel().Run(work.Count, Parallel.Layers, i => new LayerPull(_content, _installer, client, request, _shown).Run(work[i].First, work[i].Second));
    }
}
