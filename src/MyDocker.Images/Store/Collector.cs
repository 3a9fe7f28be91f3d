using MyDocker.Images.Layers;
using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>Removes images and, by mark and sweep, what belonged to them only.</summary>
internal sealed class Collector(StorePaths paths)
{
    private readonly List<string> _untagged = [];
    private readonly List<string> _deleted = [];

    public RemoveResult Remove(string nameOrId, Func<IReadOnlySet<string>>? layersInUse, bool force)
    {
        using (paths.Lock(exclusive: true))
        {
            var names = ImageNames.Names(paths);
            if (ImageReference.TryParse(nameOrId, out var reference, out _) && reference!.Digest is null && names.Find(n => n.Name == reference) is { Name: not null } named)
            {
                Untag(named.Name, named.FileName);
                if (!names.Exists(other => other.ManifestHex == named.ManifestHex && other.Name != named.Name))
                {
                    DeleteRecord(named.ManifestHex, ImageRecordOrNull(named.ManifestHex)?.ConfigHex);
                }
            }
            else
            {
                RemoveById(nameOrId, names, force);
            }

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

    private void RemoveById(string id, List<(ImageReference Name, string FileName, string ManifestHex)> names, bool force)
    {
        var record = ImageNames.FindById(paths, id)
            ?? throw new ImageException($"remove image {Printable.Name(id)}: there is no such image; see 'mydocker images'");
        var own = names.FindAll(name => name.ManifestHex == record.ManifestHex);
        if (own.Count > 1 && !force)
        {
            throw new ImageException($"remove image {Printable.Name(id)}: it has {own.Count} names ({string.Join(", ", own.Select(name => name.Name.Familiar))}); remove it by name, or with force");
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
        foreach (var record in ImageNames.Records(paths).Where(r => r.IsAnonymous && !known.Contains(r.ManifestHex) && !named.Contains(r.ManifestHex)))
        {
            DeleteRecord(record.ManifestHex, record.ConfigHex);
        }

        var records = ImageNames.Records(paths);
        SweepTemporary(paths.Names);
        SweepTemporary(paths.Cache);
        SweepTemporary(paths.Records);
        SweepTemporary(paths.Blobs);
        if (records.Count < Files.List(paths.Records).Count)
        {
            return new RemoveResult(_untagged, _deleted, []);
        }

        var blobs = records.SelectMany(record => (string[])[record.ManifestHex, record.ConfigHex]).ToHashSet();
        foreach (var blob in Files.List(paths.Blobs).Where(blob => !blobs.Contains(blob)))
        {
            Check(Files.TryUnlink(paths.Blob(blob)), blob);
        }

        return new RemoveResult(_untagged, _deleted, SweepLayers(records, layersInUse?.Invoke()));
    }

    private List<string> SweepLayers(List<ImageRecord> records, IReadOnlySet<string>? used)
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
            foreach (var layer in Files.List(paths.Layers).Where(l => l.Length == 64 && !needed.Contains(l) && used?.Contains(l) != true))
            {
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
