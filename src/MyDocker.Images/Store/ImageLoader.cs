using System.Text;
using System.Text.Json;
using MyDocker.Images.Archives;
using MyDocker.Images.Layers;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>
/// Reads images from an archive front to back: an OCI image layout, what "docker save" writes, or both in one, plain or
/// compressed. Every file in it goes into the content store by its own digest as it passes; what it means is told by
/// index.json or manifest.json, wherever they stand. Names of files are looked up, never opened.
/// </summary>
/// <param name="platform">the only one to take; null: of an index this host's, or all where there is none for it.</param>
internal sealed class ImageLoader(StorePaths paths, Action<string>? log, Platform? platform = null)
{
    private const int MaxMembers = 20_000;
    private const int MaxDocument = ManifestLimits.Manifest;

    private readonly ContentStore _content = new(paths);
    private readonly LayerInstaller _installer = new(paths);
    private readonly ImageWriter _writer = new(paths);
    private readonly Dictionary<string, (string Hex, long Size)> _files = [];
    private readonly Dictionary<string, string> _links = [];

    /// <summary>The images it held: names (null: none), and ids ("sha256:…").</summary>
    public List<(ImageReference? Name, string Id)> Load(Stream archive, string shown)
    {
        using var lease = Lease.Take(paths);
        _installer.Sweep();
        ReadMembers(archive, shown, lease);
        var loaded = new List<(ImageReference?, string)>();
        if (Document(ImageLayout.IndexFileName) is { } index)
        {
            LoadLayout(ManifestDocument.Parse(index, MediaTypes.Index, $"{ImageLayout.IndexFileName} of {shown}"), lease, loaded, 1, null);
        }
        else if (Document(DockerArchiveImage.FileName) is { } manifest)
        {
            LoadDocker(manifest, shown, lease, loaded);
        }
        else
        {
            throw new ImageException($"load {Printable.Name(shown)}: it holds neither {ImageLayout.IndexFileName} nor {DockerArchiveImage.FileName}; a root file system is for 'mydocker import'");
        }

        return loaded.Count > 0 ? loaded : throw new ImageException($"load {Printable.Name(shown)}: it holds no image");
    }

    private void ReadMembers(Stream archive, string shown, Lease lease)
    {
        using var counted = new CountingStream(archive, null);
        using var input = new PeekStream(counted);
        var compression = Decompressor.Detect(input.Peek(Decompressor.MagicLength));
        using var plain = new GuardedStream(Decompressor.Open(compression, input), compression, Printable.Name(shown), counted, "load");
        var tar = new TarReader(new PeekStream(plain));
        try
        {
            while (tar.Next() is { } entry)
            {
                var name = Encoding.UTF8.GetString(LayerPath.Normalize(entry.Name));
                if (_files.Count + _links.Count >= MaxMembers)
                {
                    throw new ImageException($"load {Printable.Name(shown)}: it has more than {MaxMembers} members, which is the limit");
                }

                if (entry.Type == TarType.File)
                {
                    _links.Remove(name);
                    _files[name] = Ingest(entry, tar, lease);
                }
                else if (entry.Type is TarType.Symlink or TarType.HardLink)
                {
                    // Old docker writes a layer that two images have as a link to the first.
                    var target = entry.Type == TarType.HardLink || entry.LinkName.AsSpan().StartsWith("/"u8) ? entry.LinkName : LayerPath.Join(LayerPath.Split(LayerPath.Normalize(entry.Name)).Parent, entry.LinkName);
                    _links[name] = Encoding.UTF8.GetString(LayerPath.Normalize(target));
                }
            }
        }
        catch (TarFormatException e)
        {
            throw new ImageException($"load {Printable.Name(shown)}: {e.Message}", e);
        }
    }

    private (string Hex, long Size) Ingest(TarEntry entry, TarReader data, Lease lease)
    {
        if (entry.Extents is not null)
        {
            throw new ImageException($"load {Printable.Name(entry.Name)}: a sparse file has no place in an archive of images");
        }

        using var partial = _content.Ingest();
        try
        {
            using var hash = new HashSink(partial.Append);
            var buffer = new byte[256 * 1024];
            int count;
            while ((count = data.Read(buffer)) > 0)
            {
                hash.Write(buffer.AsSpan(0, count));
            }

            var hex = hash.Finish();
            lease.Add(hex);
            if (_content.Has(hex))
            {
                partial.Discard();
            }
            else
            {
                partial.Commit(hex);
            }

            return (hex, entry.Size);
        }
        catch
        {
            partial.Discard();
            throw;
        }
    }

    private (string Hex, long Size)? Find(string name)
    {
        name = Encoding.UTF8.GetString(LayerPath.Normalize(Encoding.UTF8.GetBytes(name)));
        for (var hop = 0; hop < 10; hop++)
        {
            if (_files.TryGetValue(name, out var file))
            {
                return file;
            }

            if (!_links.TryGetValue(name, out var next))
            {
                return null;
            }

            name = next;
        }

        return null;
    }

    private byte[]? Document(string name) => Find(name) is { } file ? _content.Read(file.Hex, MaxDocument) : null;

    private void LoadLayout(ManifestDocument index, Lease lease, List<(ImageReference?, string)> loaded, int depth, ImageReference? inherited)
    {
        foreach (var entry in index.Index!.Manifests ?? [])
        {
            var hex = ManifestDocument.HexOf(entry, ImageLayout.IndexFileName);
            var name = NameOf(entry) ?? inherited;
            var bytes = _content.TryRead(hex, MaxDocument);
            if (bytes is null || !_files.ContainsKey($"blobs/sha256/{hex}"))
            {
                continue; // another platform's, which was not saved
            }

            var document = ManifestDocument.Parse(bytes, ManifestDocument.IsIndexType(entry.MediaType) || ManifestDocument.IsManifestType(entry.MediaType) ? entry.MediaType : null, $"manifest {hex[..12]}");
            if (document.Index is { } nested)
            {
                if (depth == ManifestLimits.IndexDepth)
                {
                    throw new ImageException($"load {entry.Digest}: an index in an index, {depth} deep; that is the limit");
                }

                // Of an index of platforms, this host's, where it has one; else all.
                var own = Platforms.Select(nested, platform ?? Platforms.Host).FirstOrDefault(candidate => _files.ContainsKey($"blobs/{candidate.Digest.Replace(':', '/')}"));
                var chosen = own is null ? document : ManifestDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(new ImageIndex { MediaType = MediaTypes.Index, Manifests = [own] }, ImageJson.Default.ImageIndex), null, ImageLayout.IndexFileName);
                LoadLayout(chosen, lease, loaded, depth + 1, name);
                continue;
            }

            if (document.Manifest!.Config!.MediaType is MediaTypes.Config or MediaTypes.DockerConfig)
            {
                loaded.Add((name, Install(document, lease, name)));
            }
        }
    }

    private void LoadDocker(byte[] manifest, string shown, Lease lease, List<(ImageReference?, string)> loaded)
    {
        List<DockerArchiveImage?> images;
        try
        {
            images = JsonSerializer.Deserialize(manifest, ImageJson.Default.ListDockerArchiveImage)?.ConvertAll<DockerArchiveImage?>(image => image) ?? [];
        }
        catch (JsonException e)
        {
            throw new ImageException($"load {Printable.Name(shown)}: its {DockerArchiveImage.FileName} is damaged: {e.Message}", e);
        }

        foreach (var image in images.OfType<DockerArchiveImage>())
        {
            var config = Find(image.Config ?? "") ?? throw Missing(image.Config, shown);
            if (image.Layers is { Count: > ManifestLimits.Layers })
            {
                throw new ImageException($"load {Printable.Name(shown)}: {image.Layers.Count} layers; the limit is {ManifestLimits.Layers}");
            }

            var layers = (image.Layers ?? []).ConvertAll(path => Find(path) ?? throw Missing(path, shown)).ConvertAll(file => new Descriptor { MediaType = TypeOf(file.Hex), Digest = $"sha256:{file.Hex}", Size = file.Size });
            var bytes = JsonSerializer.SerializeToUtf8Bytes(
                new Manifest
                {
                    MediaType = MediaTypes.Manifest,
                    Config = new Descriptor { MediaType = MediaTypes.Config, Digest = $"sha256:{config.Hex}", Size = config.Size },
                    Layers = layers,
                },
                ImageJson.Default.Manifest);
            var names = (image.RepoTags ?? []).Select(ImageReference.Parse).ToList();
            var id = Install(ManifestDocument.Parse(bytes, null, shown), lease, [.. names]);
            loaded.AddRange(names.Count > 0 ? names.Select(name => ((ImageReference?)name, id)) : [(null, id)]);
        }
    }

    private string TypeOf(string hex)
    {
        using var blob = _content.Open(hex);
        var start = new byte[Decompressor.MagicLength];
        var length = blob.Read(start, 0);
        return Decompressor.Detect(start.AsSpan(0, length)) switch
        {
            Compression.Gzip => MediaTypes.LayerGzip,
            Compression.Zstd => MediaTypes.LayerZstd,
            _ => MediaTypes.Layer,
        };
    }

    private string Install(ManifestDocument document, Lease lease, params ImageReference?[] names)
    {
        var shown = names.FirstOrDefault()?.Familiar ?? $"manifest {document.Hex[..12]}";
        var manifest = document.Manifest!;
        var config = _content.Read(ManifestDocument.HexOf(manifest.Config!, shown), ManifestLimits.Config);
        var parsed = ImageWriter.CheckConfig(config, shown);
        if (platform is not null && !Platforms.Matches(parsed.Os, parsed.Architecture, parsed.Variant, platform))
        {
            throw new ImageException($"load {shown}: it is for {Printable.Name($"{parsed.Os}/{parsed.Architecture}").Trim('\'')}, and {Platforms.Text(platform)} was asked for");
        }

        var diffIds = ImageWriter.DiffIds(parsed, manifest.Layers?.Count ?? 0, shown);
        lease.Add([.. diffIds, document.Hex]);
        var work = (manifest.Layers ?? []).Zip(diffIds).DistinctBy(pair => pair.Second).Where(pair => !_installer.Has(pair.Second)).ToList();
        new Registry.Parallel().Run(work.Count, Registry.Parallel.Layers, i => Unpack(work[i].First, work[i].Second, shown));
        _writer.Settle(diffIds);
        using (paths.Lock(exclusive: false))
        {
            var record = _writer.WriteRecord(document.Bytes, config, diffIds, diffIds.Sum(_installer.SizeOf));
            foreach (var name in names.OfType<ImageReference>())
            {
                _writer.Name(name, record.ManifestHex);
            }

            return $"sha256:{record.ConfigHex}";
        }
    }

    private void Unpack(Descriptor layer, string diffHex, string shown)
    {
        var hex = ManifestDocument.HexOf(layer, shown);
        if (!LayerInstaller.IsLayerType(layer.MediaType))
        {
            throw new ImageException($"load {shown}: its layer {layer.Digest} is of type {Printable.Name(layer.MediaType)}, which is not a layer of files");
        }

        if (!_content.Has(hex))
        {
            throw new ImageException($"load {shown}: its layer {layer.Digest} is not in the archive");
        }

        using var blob = _content.Open(hex);
        using var hashed = new HashingStream(new Registry.BlobStream(blob));
        var unpacked = _installer.Unpack(hashed, layer.MediaType, diffHex, $"layer {hex[..12]} of {shown}");
        if (hashed.Finish() != hex)
        {
            unpacked.Dispose();
            _content.Remove(hex);
            throw new ImageException($"load {shown}: the stored blob {layer.Digest} was damaged and has been removed; load the image again");
        }

        foreach (var note in unpacked.Notes)
        {
            log?.Invoke(note);
        }

        _installer.Commit(unpacked);
    }

    /// <summary>docker and containerd write the whole name; the specification's annotation may be one, or a tag alone.</summary>
    private static ImageReference? NameOf(Descriptor entry)
    {
        var annotations = entry.Annotations;
        return annotations?.GetValueOrDefault(ImageSaver.NameAnnotation) is { } whole && ImageReference.TryParse(whole, out var name, out _) ? name
            : annotations?.GetValueOrDefault(ImageAnnotations.RefName) is { } text && text.AsSpan().ContainsAny('/', ':') && ImageReference.TryParse(text, out name, out _) ? name
            : null;
    }

    private static ImageException Missing(string? path, string shown)
        => new($"load {Printable.Name(shown)}: its {DockerArchiveImage.FileName} names {Printable.Name(path ?? "")}, which is not in it");
}
