using MyDocker.Images.Layers;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>Removes images and, by mark and sweep, what belonged to them only.</summary>
/// <param name="alsoPartial">also what a broken pull left, which the next one could go on with; else only after a day.</param>
internal sealed class Collector(StorePaths paths, bool alsoPartial = false)
{
    private static readonly TimeSpan _partialLife = TimeSpan.FromDays(1);

    private readonly List<string> _untagged = [];
    private readonly List<string> _deleted = [];
    private long _reclaimed;

    /// <param name="sweep">false: blobs and layers stay for a later collection.</param>
    public RemoveResult Remove(string nameOrId, Func<IReadOnlySet<string>>? layersInUse, bool force, bool sweep = true)
    {
        using (paths.Lock(exclusive: true))
        {
            var names = ImageNames.Names(paths);
            if (ImageReference.TryParse(nameOrId, out var reference, out _) && FindName(names, reference!) is { Name: not null } named)
            {
                RemoveName(named, names);
            }
            else
            {
                RemoveById(nameOrId, names, force);
            }

            return sweep ? Sweep(layersInUse) : new RemoveResult(_untagged, _deleted, [], 0);
        }
    }

    /// <summary>Removes one image with all its names.</summary>
    public RemoveResult RemoveExactly(string manifestHex, Func<IReadOnlySet<string>>? layersInUse)
    {
        using (paths.Lock(exclusive: true))
        {
            foreach (var (name, fileName, _) in ImageNames.Names(paths).FindAll(name => name.ManifestHex == manifestHex))
            {
                Untag(name, fileName);
            }

            DeleteRecord(manifestHex, ImageRecordOrNull(manifestHex)?.ConfigHex);
            return Sweep(layersInUse);
        }
    }

    public RemoveResult Collect(Func<IReadOnlySet<string>>? layersInUse)
    {
        using (paths.Lock(exclusive: true))
        {
            return Sweep(layersInUse);
        }
    }

    /// <summary>The exact name; or, for a digest that stands behind a tag or is that of a manifest, the one it means.</summary>
    private static (ImageReference Name, string FileName, string ManifestHex) FindName(List<(ImageReference Name, string FileName, string ManifestHex)> names, ImageReference reference)
        => names.Find(n => n.Name == reference) is { Name: not null } exact ? exact
            : reference.Digest is { } digest ? names.Find(n => n.Name == reference with { Tag = null } || (n.Name.Domain == reference.Domain && n.Name.Path == reference.Path && digest == $"sha256:{n.ManifestHex}"))
            : default;

    // With the last tag of a repository go the digests that it is known by there; with the last of all names goes the image.
    private void RemoveName((ImageReference Name, string FileName, string ManifestHex) named, List<(ImageReference Name, string FileName, string ManifestHex)> names)
    {
        Untag(named.Name, named.FileName);
        var others = names.FindAll(other => other.ManifestHex == named.ManifestHex && other.Name != named.Name);
        if (!others.Exists(other => other.Name.Digest is null && other.Name.Domain == named.Name.Domain && other.Name.Path == named.Name.Path))
        {
            foreach (var digest in others.FindAll(other => other.Name.Digest is not null && other.Name.Domain == named.Name.Domain && other.Name.Path == named.Name.Path))
            {
                Untag(digest.Name, digest.FileName);
                others.Remove(digest);
            }
        }

        if (others.Count == 0)
        {
            DeleteRecord(named.ManifestHex, ImageRecordOrNull(named.ManifestHex)?.ConfigHex);
        }
    }

    private void RemoveById(string id, List<(ImageReference Name, string FileName, string ManifestHex)> names, bool force)
    {
        var record = ImageNames.FindById(paths, id)
            ?? throw new ImageException($"remove image {Printable.Name(id)}: there is no such image; see 'mydocker images'");
        var own = names.FindAll(name => name.ManifestHex == record.ManifestHex);
        var tags = own.FindAll(name => name.Name.Digest is null);
        if (tags.Count > 1 && !force)
        {
            throw new ImageException($"remove image {Printable.Name(id)}: it has {tags.Count} names ({string.Join(", ", tags.Select(name => name.Name.Familiar))}); remove it by name, or with force");
        }

        foreach (var (name, fileName, _) in own)
        {
            Untag(name, fileName);
        }

        DeleteRecord(record.ManifestHex, record.ConfigHex);
    }

    private void Untag(ImageReference name, string fileName)
    {
        Check(Files.TryUnlink($"{paths.Names}/{fileName}"), name.Familiar);
        _untagged.Add(name.Familiar);
    }

    private void DeleteRecord(string manifestHex, string? configHex)
    {
        new TarballCache(paths).Forget(manifestHex);
        Check(Files.TryUnlink(paths.Record(manifestHex)), manifestHex);
        if (configHex is not null)
        {
            _deleted.Add($"sha256:{configHex}");
        }
    }

    // A layer that a damaged record lists cannot be known: then no layer goes.
    private RemoveResult Sweep(Func<IReadOnlySet<string>>? layersInUse)
    {
        var named = ImageNames.Names(paths).Select(name => name.ManifestHex).ToHashSet();
        var known = new TarballCache(paths).Known();
        var leased = Lease.Read(paths);
        foreach (var record in ImageNames.Records(paths).Where(r => r.IsAnonymous && !leased.Contains(r.ManifestHex) && !known.Contains(r.ManifestHex) && !named.Contains(r.ManifestHex)))
        {
            DeleteRecord(record.ManifestHex, record.ConfigHex);
        }

        var records = ImageNames.Records(paths);
        SweepTemporary(paths.Names);
        SweepTemporary(paths.Cache);
        SweepTemporary(paths.Records);
        SweepTemporary(paths.Blobs);
        SweepPartial();
        if (records.Count < Files.List(paths.Records).Count || BlobsOf(records, leased) is not { } blobs)
        {
            return new RemoveResult(_untagged, _deleted, [], _reclaimed);
        }

        foreach (var blob in Files.List(paths.Blobs).Where(blob => !blobs.Contains(blob)))
        {
            _reclaimed += Files.TryStat(paths.Blob(blob), out var stat) == Errno.None ? (long)stat.Size : 0;
            Check(Files.TryUnlink(paths.Blob(blob)), blob);
        }

        return new RemoveResult(_untagged, _deleted, SweepLayers(records, leased, layersInUse?.Invoke()), _reclaimed);
    }

    /// <summary>Everything that a manifest, an index that a name stands for, or a lease names; null if one of them cannot be read.</summary>
    private HashSet<string>? BlobsOf(List<ImageRecord> records, HashSet<string> leased)
    {
        var content = new ContentStore(paths);
        var blobs = new HashSet<string>(leased);
        blobs.UnionWith(ImageNames.Names(paths).Select(name => ManifestDocument.TryHex(name.Name.Digest)).OfType<string>());
        foreach (var record in records)
        {
            blobs.Add(record.ManifestHex);
            blobs.Add(record.ConfigHex);
            try
            {
                if (content.TryRead(record.ManifestHex, ManifestLimits.Manifest) is { } bytes)
                {
                    var manifest = ManifestDocument.Parse(bytes, null, $"manifest {record.ManifestHex}").Manifest;
                    blobs.UnionWith((manifest?.Layers ?? []).Select(layer => ManifestDocument.TryHex(layer.Digest)).OfType<string>());
                }
            }
            catch (ImageException)
            {
                return null; // its layers cannot be known: then no blob goes
            }
        }

        return blobs;
    }

    // A partial blob is what the next pull goes on with. Under the exclusive lock nobody begins one; a writer has it locked.
    private void SweepPartial()
    {
        foreach (var name in Files.List(paths.Partial))
        {
            var path = $"{paths.Partial}/{name}";
            if (Files.TryOpen(path, O_RDONLY, out var file) != Errno.None)
            {
                continue;
            }

            using (file)
            {
                var stat = Files.StatOf(file!);
                var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(stat.ModifiedSeconds);
                if ((name.StartsWith('.') || alsoPartial || age > _partialLife) && Files.TryLock(file!))
                {
                    _reclaimed += (long)stat.Size;
                    Files.TryUnlink(path);
                }
            }
        }
    }

    private List<string> SweepLayers(List<ImageRecord> records, HashSet<string> leased, IReadOnlySet<string>? used)
    {
        var deleted = new List<string>();
        if (Files.TryOpen(paths.Layers, O_RDONLY | O_DIRECTORY, out var layers) != Errno.None)
        {
            return deleted;
        }

        using (layers)
        {
            Staging.Sweep(layers!);
            var needed = records.SelectMany(record => record.Layers).ToHashSet();
            foreach (var layer in Files.List(paths.Layers).Where(l => l.Length == 64 && !needed.Contains(l) && !leased.Contains(l) && used?.Contains(l) != true))
            {
                _reclaimed += LayerState.SizeOf(paths.LayerHome(layer));
                Check(Staging.TryRemove(layers!, layer), layer);
                deleted.Add(layer);
            }
        }

        return deleted;
    }

    // Under the exclusive lock nobody else is writing one.
    private static void SweepTemporary(string directory)
    {
        foreach (var name in Files.List(directory).Where(name => name.StartsWith(".tmp-", StringComparison.Ordinal)))
        {
            Files.TryUnlink($"{directory}/{name}");
        }
    }

    private ImageRecord? ImageRecordOrNull(string manifestHex)
    {
        try
        {
            return ImageRecord.TryRead(paths.Record(manifestHex));
        }
        catch (ImageException)
        {
            return null;
        }
    }

    private static void Check(Errno errno, string what)
    {
        if (errno is not (Errno.None or Errno.ENOENT))
        {
            throw ImageException.Kernel("remove", what, errno);
        }
    }
}
