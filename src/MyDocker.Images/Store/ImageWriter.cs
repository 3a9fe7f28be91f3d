using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using MyDocker.Images.Layers;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>
/// Writes images down whose layers are in the store: blobs, then the record, then names, each on disk before the next
/// points to it.
/// </summary>
internal sealed class ImageWriter(StorePaths paths)
{
    private readonly ContentStore _content = new(paths);

    /// <summary>Writes the blobs and the record. To be called under the store's lock, shared, or with everything leased.</summary>
    /// <param name="layers">diff ids (64 digits), the base layer first.</param>
    /// <param name="size">sum of the sizes of the layers' files, bytes.</param>
    public ImageRecord WriteRecord(ReadOnlySpan<byte> manifest, byte[] config, IReadOnlyList<string> layers, long size, bool isAnonymous = false)
    {
        var record = new ImageRecord
        {
            ManifestHex = _content.Put(manifest),
            ConfigHex = _content.Put(config),
            Size = size,
            Created = CreatedOf(config),
            IsAnonymous = isAnonymous,
            Layers = layers,
            Config = config,
        };
        StorePaths.Write(paths.Records, record.ManifestHex, record.ToBytes());
        return record;
    }

    /// <summary>Makes a name point to an image; it may have pointed to another before.</summary>
    public void Name(ImageReference name, string manifestHex)
        => StorePaths.Link($"../records/{manifestHex}", paths.Names, StorePaths.Encode(name));

    /// <summary>Notes under which digest a registry knows an image; left out where the name would be too long for a file.</summary>
    public void NameByDigest(ImageReference name, string digestHex, string manifestHex)
    {
        if (StorePaths.TryEncode(name with { Tag = null, Digest = $"sha256:{digestHex}" }) is { } fileName)
        {
            StorePaths.Link($"../records/{manifestHex}", paths.Names, fileName);
        }
    }

    /// <summary>Diff ids of a configuration, 64 digits each; as many as the manifest has layers.</summary>
    public static List<string> DiffIds(ImageConfig config, int count, string shown)
    {
        var ids = config.Rootfs?.DiffIds ?? [];
        if (ids.Count != count)
        {
            throw new ImageException($"read {shown}: its manifest has {count} layers and its configuration {ids.Count}");
        }

        return [.. ids.Select(id => ManifestDocument.TryHex(id) ?? throw new ImageException($"read {shown}: the diff id {Printable.Name(id)} is not sha256: and 64 lower-case hexadecimal digits"))];
    }

    /// <summary>Of an image from elsewhere: no name in it may occur twice, since readers differ in which of them they take.</summary>
    public static ImageConfig CheckConfig(byte[] config, string shown)
    {
        if (!Utf8.IsValid(config))
        {
            throw new ImageException($"read the configuration of {shown}: it is not JSON: its text is not UTF-8");
        }

        try
        {
            using (JsonDocument.Parse(config, new JsonDocumentOptions { MaxDepth = ManifestLimits.JsonDepth, AllowDuplicateProperties = false }))
            {
            }
        }
        catch (JsonException e)
        {
            throw Unreadable(shown, e);
        }

        return ReadConfig(config, shown);
    }

    /// <summary>Of an image of this store, which was checked when it came.</summary>
    public static ImageConfig ReadConfig(byte[] config, string shown)
    {
        try
        {
            return JsonSerializer.Deserialize(config, ImageJson.Default.ImageConfig) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw Unreadable(shown, e);
        }
    }

    private static ImageException Unreadable(string shown, JsonException e) => new($"read the configuration of {shown}: {e.Message}", e);

    /// <summary>A time as configurations have it (RFC 3339), parts of a second without zeros at the end.</summary>
    public static string TimeText(DateTimeOffset time)
        => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Waits until everything written so far is on disk; then the layers count after the next start of the machine, too.</summary>
    public void Settle(IEnumerable<string> layers)
    {
        var pending = layers.Distinct().Where(layer => LayerState.IsPending(paths.LayerHome(layer))).ToList();
        if (pending.Count == 0)
        {
            return;
        }

        using var root = Files.Open(paths.Layers, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        var errno = Syscall.ErrnoOf(Syscall.Retry(Nr.syncfs, root.Number));
        if (errno != Errno.None)
        {
            throw ImageException.Kernel("write to disk", paths.Layers, errno);
        }

        pending.ForEach(layer => LayerState.Settle(paths.LayerHome(layer)));
    }

    private static long CreatedOf(byte[] config)
    {
        var text = ConfigReader.Read(config).Created;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUnixTimeSeconds() : 0;
    }
}
