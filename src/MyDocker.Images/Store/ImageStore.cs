using System.Text.Json;
using MyDocker.Images.Layers;
using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>
/// The images of one data root (see docs/images.md). Safe to use from several processes at once; a process that is
/// killed leaves at most a directory that the next import sweeps. Nothing is made before the first import.
/// </summary>
/// <param name="dataRoot">for example /var/lib/mydocker.</param>
public sealed class ImageStore(string dataRoot)
{
    private readonly StorePaths _paths = new(dataRoot);

    /// <summary>
    /// Makes an image of a root file system.
    /// </summary>
    /// <param name="source">a directory, a tar archive (plain, gzip, zstd, xz), or "-" for an archive on standard input.</param>
    /// <param name="name">the name it gets, null for none; an image that had the name before keeps its id only.</param>
    /// <param name="progress">called with the number of bytes read so far.</param>
    /// <exception cref="ImageException">what was wrong; nothing is left behind then.</exception>
    /// <param name="settings">what is to be different about the image; null: nothing.</param>
    public ImportedImage Import(string source, ImageReference? name, Action<long>? progress = null, ImportSettings? settings = null)
        => Guard($"import {source}", () => new Importer(_paths, progress, settings).Import(source, Named(name)));

    /// <summary>Makes an image of a tar archive in a stream, which is read to its end.</summary>
    /// <param name="shown">what to call the stream in messages.</param>
    public ImportedImage Import(Stream archive, string shown, ImageReference? name, Action<long>? progress = null, ImportSettings? settings = null)
        => Guard($"import {shown}", () => new Importer(_paths, progress, settings).Import(archive, shown, Named(name)));

    /// <summary>Makes an image of an image and a layer on top of it. The one below is not changed.</summary>
    /// <exception cref="ImageException">what was wrong; nothing is left behind then.</exception>
    public ImportedImage Commit(CommitRequest request)
        => Guard($"commit {request.Name?.Familiar ?? "image"}", () => new Committer(_paths).Commit(request with { Name = request.Name is { } name ? Named(name) : null }));

    /// <summary>
    /// What IMAGE of "run" means: a path if it begins with '/', './' or '../', or has a '/' and exists; else the name or id of
    /// an image; else a file or directory of that name in the working directory.
    /// </summary>
    /// <exception cref="ImageException">says what was looked for, and how to import.</exception>
    public ResolvedImage Resolve(string reference) => Resolve(reference, ImportTarball);

    /// <param name="importTarball">does what <see cref="ImportTarball"/> does, for one that is not known yet.</param>
    public ResolvedImage Resolve(string reference, Func<string, string> importTarball)
    {
        var isPath = reference is "." or ".." || reference.StartsWith('/') || reference.StartsWith("./", StringComparison.Ordinal) || reference.StartsWith("../", StringComparison.Ordinal);
        if (isPath || (reference.Contains('/') && Files.Exists(reference)))
        {
            return ResolvePath(reference, importTarball);
        }

        var isName = ImageReference.TryParse(reference, out var name, out var reason);
        if (isName && Find(name!) is { } record)
        {
            return Resolved(name!.Familiar, record);
        }

        var found = ImageNames.FindById(_paths, reference);
        if (found is not null)
        {
            return Resolved(reference, found);
        }

        if (reference.Length > 0 && Files.Exists(reference))
        {
            return ResolvePath($"./{reference}", importTarball);
        }

        throw new ImageMissingException(
            isName ? $"find image {Printable.Name(reference)}: there is no image {name!.Familiar} and no such file or directory; see 'mydocker images', fetch it with 'mydocker pull {name.Familiar}', or import one with 'mydocker import FILE {name.Familiar}'"
                : $"find image {Printable.Name(reference)}: {reason}, and there is no such file or directory",
            name);
    }

    /// <summary>Makes an image of a tarball that is to be run, once; its name is the tarball's path. Returns the digest of its manifest, 64 digits.</summary>
    public string ImportTarball(string path) => Guard($"import {path}", () => new TarballCache(_paths).FindOrImport(path).ManifestHex);

    /// <summary>Gives an image one more name; another image may lose it.</summary>
    /// <param name="nameOrId">a name, or an id or the start of one.</param>
    public void Tag(string nameOrId, ImageReference name) => Guard($"tag {name.Familiar}", () =>
    {
        using (_paths.Lock(exclusive: false))
        {
            new ImageWriter(_paths).Name(Named(name)!, Record(nameOrId, "tag").ManifestHex);
            return true;
        }
    });

    /// <summary>All that is known of an image.</summary>
    public ImageDetails Inspect(string nameOrId) => Guard($"inspect {nameOrId}", () => ImageDetails.Of(_paths, Record(nameOrId, "inspect")));

    /// <summary>The same; null if there is no such image.</summary>
    public ImageDetails? TryInspect(string nameOrId) => TryRecord(nameOrId, out _) is { } record ? ImageDetails.Of(_paths, record) : null;

    /// <summary>Writes images as one tar archive, which is an OCI image layout and what "docker load" reads.</summary>
    public void Save(IReadOnlyList<string> namesOrIds, Stream output, Action<string>? log = null) => Guard("save images", () =>
    {
        var images = new List<(ImageReference?, ImageRecord)>();
        foreach (var text in namesOrIds)
        {
            var record = Record(text, "save");
            var isName = ImageReference.TryParse(text, out var name, out _) && name!.Digest is null && Find(name) is not null;
            images.Add((isName ? name : null, record));
        }

        new ImageSaver(_paths, log).Save(images, output);
        return true;
    });

    /// <summary>Reads images from an archive: an OCI image layout, or what "docker save" writes. Their names, and their ids.</summary>
    /// <param name="platform">null: of an index this host's, or all where there is none for it.</param>
    public IReadOnlyList<(ImageReference? Name, string Id)> Load(Stream archive, string shown, Action<string>? log = null, Platform? platform = null)
        => Guard($"load {shown}", () => new ImageLoader(_paths, log, platform).Load(archive, shown));

    /// <summary>The same from the directory of an OCI image layout.</summary>
    public IReadOnlyList<(ImageReference? Name, string Id)> LoadLayout(string directory, Action<string>? log = null, Platform? platform = null) => Guard($"load {directory}", () =>
    {
        // As the archive of itself: one way in, with all its checks. Links in it lead nowhere.
        using var root = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        using var pipe = new Archives.ThreadPipe(output => TreeArchive.Write(root, output));
        return new ImageLoader(_paths, log, platform).Load(pipe, directory);
    });

    /// <summary>Removes images that nobody uses, and what broken pulls left.</summary>
    /// <param name="idsInUse">"sha256:…" of images that containers are made of.</param>
    public RemoveResult Prune(PruneRequest request, IReadOnlySet<string> idsInUse, Func<IReadOnlySet<string>>? layersInUse = null)
        => Guard("prune images", () => new ImagePruner(_paths).Prune(request, idsInUse, layersInUse));

    /// <summary>All images by name, those without a name last; newest first among equals.</summary>
    public IReadOnlyList<ImageSummary> List() => ImageNames.List(_paths);

    /// <summary>
    /// Takes a name away from an image; with its last name goes the image, and with it the layers that no other image and
    /// no container uses.
    /// </summary>
    /// <param name="nameOrId">a name, or an id or the start of one.</param>
    /// <param name="layersInUse">asked under the lock for the diff ids (64 digits) that containers use; see <see cref="Hold"/>.</param>
    /// <param name="force">remove by id even if the image has several names.</param>
    /// <param name="sweep">false: its layers stay on disk until <see cref="Prune"/>.</param>
    public RemoveResult Remove(string nameOrId, Func<IReadOnlySet<string>>? layersInUse = null, bool force = false, bool sweep = true)
        => Guard($"remove {nameOrId}", () => new Collector(_paths).Remove(nameOrId, layersInUse, force, sweep));

    /// <summary>Removes what no name, image or container needs any more, and what killed imports left behind.</summary>
    public RemoveResult Collect(Func<IReadOnlySet<string>>? layersInUse = null)
        => Guard("collect unused layers", () => new Collector(_paths).Collect(layersInUse));

    /// <summary>
    /// Keeps layers from being removed until the result is closed. To be held from before <see cref="Resolve"/> until the
    /// container's state, which says that it uses them, can be seen by others. Imports and other holders go on meanwhile.
    /// </summary>
    public Fd Hold() => _paths.Lock(exclusive: false);

    private static ImageReference? Named(ImageReference? name)
        => name?.Digest is null ? name : throw new ImageException($"import as {Printable.Name(name.Familiar)}: a digest cannot be given as a name; use NAME[:TAG]");

    private ImageRecord? TryRecord(string nameOrId, out ImageReference? name)
        => (ImageReference.TryParse(nameOrId, out name, out _) ? Find(name!) : null) ?? ImageNames.FindById(_paths, nameOrId);

    private ImageRecord Record(string nameOrId, string verb)
        => TryRecord(nameOrId, out var name)
            ?? throw new ImageMissingException($"{verb} image {Printable.Name(nameOrId)}: there is no such image; see 'mydocker images'", name);

    private ImageRecord? Find(ImageReference name)
    {
        if (name.Digest is null)
        {
            return ImageRecord.TryRead(_paths.Name(name));
        }

        // As a registry knows it, which may be by an index; or any image that has this manifest.
        var record = StorePaths.TryEncode(name with { Tag = null }) is { } fileName ? ImageRecord.TryRead($"{_paths.Names}/{fileName}") : null;
        record ??= ImageRecord.TryRead(_paths.Record(name.Digest["sha256:".Length..]));
        return record is null || name.Tag is null || ImageRecord.TryRead(_paths.Name(name with { Digest = null }))?.ManifestHex == record.ManifestHex ? record : null;
    }

    private ResolvedImage ResolvePath(string path, Func<string, string> importTarball)
    {
        var errno = Files.TryStat(path, out var stat);
        if (errno != Errno.None)
        {
            throw new ImageException($"find image {Printable.Name(path)}: {errno.Describe()}; expected a root file system directory or a tar archive of one");
        }

        if (stat.IsDirectory)
        {
            // Never copied, never written: the union's own layer takes every change.
            return new ResolvedImage(path, "", Importer.DefaultConfig(), [Path.GetFullPath(path)], null, []);
        }

        if (!stat.IsRegular)
        {
            throw new ImageException($"use {Printable.Name(path)} as image: it is neither a directory nor a file");
        }

        var record = new TarballCache(_paths).Find(path) ?? ImageRecord.TryRead(_paths.Record(importTarball(path)));
        return Resolved(path, record ?? throw new ImageException($"use image {Printable.Name(path)}: it was removed while it was imported"));
    }

    private ResolvedImage Resolved(string text, ImageRecord record)
    {
        var count = record.Layers.Count;
        var (directories, ids) = (new string[count], new string[count]);
        for (var i = 0; i < count; i++)
        {
            var id = record.Layers[count - 1 - i];
            (ids[i], directories[i]) = (id, _paths.Layer(id));
            if (!Files.Exists(directories[i]))
            {
                throw new ImageException($"use image {Printable.Name(text)}: its layer {id[..12]} is missing from {_paths.Layers}; import the image again");
            }
        }

        try
        {
            return new ResolvedImage(text, $"sha256:{record.ConfigHex}", ConfigReader.Read(record.Config.Span), directories, _paths.Layers, ids);
        }
        catch (JsonException e)
        {
            throw new ImageException($"use image {Printable.Name(text)}: its configuration is damaged: {e.Message}", e);
        }
    }

    // Whatever the kernel refused on the way, the user reads which image it was about.
    private static T Guard<T>(string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (KernelException e)
        {
            throw new ImageException($"{what}: {ImageException.Kernel(e.Operation, e.Target, e.Errno).Message}", e);
        }
    }
}
