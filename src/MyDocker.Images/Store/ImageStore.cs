using System.Text.Json;
using MyDocker.Images.Layers;
using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;

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
    /// <param name="name">the name it gets; an image that had the name before keeps its id only.</param>
    /// <param name="progress">called with the number of bytes read so far.</param>
    /// <exception cref="ImageException">what was wrong; nothing is left behind then.</exception>
    public ImportedImage Import(string source, ImageReference name, Action<long>? progress = null)
        => Guard($"import {source}", () => new Importer(_paths, progress).Import(source, Named(name)));

    /// <summary>Makes an image of a tar archive in a stream, which is read to its end.</summary>
    /// <param name="shown">what to call the stream in messages.</param>
    public ImportedImage Import(Stream archive, string shown, ImageReference name, Action<long>? progress = null)
        => Guard($"import {shown}", () => new Importer(_paths, progress).Import(archive, shown, Named(name)));

    /// <summary>Makes an image of an image and a layer on top of it. The one below is not changed.</summary>
    /// <exception cref="ImageException">what was wrong; nothing is left behind then.</exception>
    public ImportedImage Commit(CommitRequest request)
        => Guard($"commit {request.Name?.Familiar ?? "image"}", () => new Committer(_paths).Commit(request with { Name = request.Name is { } name ? Named(name) : null }));

    /// <summary>
    /// What IMAGE of "run" means: a path if it begins with '/', './' or '../', or has a '/' and exists; else the name or id of
    /// an image; else a file or directory of that name in the working directory.
    /// </summary>
    /// <param name="progress">called while a tarball is unpacked for the first time.</param>
    /// <exception cref="ImageException">says what was looked for, and how to import.</exception>
    public ResolvedImage Resolve(string reference, Action<long>? progress = null)
    {
        var isPath = reference is "." or ".." || reference.StartsWith('/') || reference.StartsWith("./", StringComparison.Ordinal) || reference.StartsWith("../", StringComparison.Ordinal);
        if (isPath || (reference.Contains('/') && Files.Exists(reference)))
        {
            return ResolvePath(reference, progress);
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
            return ResolvePath($"./{reference}", progress);
        }

        throw new ImageException(isName
            ? $"find image {Printable.Name(reference)}: there is no image {name!.Familiar} and no such file or directory; see 'mydocker images', or import one with 'mydocker import FILE {name.Familiar}'"
            : $"find image {Printable.Name(reference)}: {reason}, and there is no such file or directory");
    }

    /// <summary>All images by name, those without a name last; newest first among equals.</summary>
    public IReadOnlyList<ImageSummary> List() => ImageNames.List(_paths);

    /// <summary>
    /// Takes a name away from an image; with its last name goes the image, and with it the layers that no other image and
    /// no container uses.
    /// </summary>
    /// <param name="nameOrId">a name, or an id or the start of one.</param>
    /// <param name="layersInUse">asked under the lock for the diff ids (64 digits) that containers use; see <see cref="Hold"/>.</param>
    /// <param name="force">remove by id even if the image has several names.</param>
    public RemoveResult Remove(string nameOrId, Func<IReadOnlySet<string>>? layersInUse = null, bool force = false)
        => Guard($"remove {nameOrId}", () => new Collector(_paths).Remove(nameOrId, layersInUse, force));

    /// <summary>Removes what no name, image or container needs any more, and what killed imports left behind.</summary>
    public RemoveResult Collect(Func<IReadOnlySet<string>>? layersInUse = null)
        => Guard("collect unused layers", () => new Collector(_paths).Collect(layersInUse));

    /// <summary>
    /// Keeps layers from being removed until the result is closed. To be held from before <see cref="Resolve"/> until the
    /// container's state, which says that it uses them, can be seen by others. Imports and other holders go on meanwhile.
    /// </summary>
    public Fd Hold() => _paths.Lock(exclusive: false);

    private static ImageReference Named(ImageReference name)
        => name.Digest is null ? name : throw new ImageException($"import as {Printable.Name(name.Familiar)}: a digest cannot be given as a name; use NAME[:TAG]");

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

    private ResolvedImage ResolvePath(string path, Action<long>? progress)
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

        return Guard($"import {path}", () => Resolved(path, new TarballCache(_paths).FindOrImport(path, progress)));
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
