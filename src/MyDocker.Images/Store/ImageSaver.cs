using System.Text;
using System.Text.Json;
using MyDocker.Images.Archives;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Store;

/// <summary>
/// Writes images as one tar archive that is an OCI image layout and what "docker load" reads, both at once, as docker itself
/// has it since version 25. Blobs are as they came, so digests stay. The same images give the same bytes.
/// </summary>
internal sealed class ImageSaver(StorePaths paths, Action<string>? log)
{
    /// <summary>containerd's and docker's annotation for the whole name of an image.</summary>
    internal const string NameAnnotation = "io.containerd.image.name";

    private readonly ContentStore _content = new(paths);

    /// <param name="images">names (null: an image without one) and records.</param>
    public void Save(IReadOnlyList<(ImageReference? Name, ImageRecord Record)> images, Stream output)
    {
        using var lease = Lease.Take(paths);
        var portable = new Dictionary<string, PortableImage>();
        foreach (var (name, record) in images)
        {
            if (!portable.ContainsKey(record.ManifestHex))
            {
                portable[record.ManifestHex] = new Materializer(paths).Make(record, lease, name?.Familiar ?? record.ConfigHex[..12], log: log);
            }
        }

        var all = images.Select(image => (image.Name, Image: portable[image.Record.ManifestHex])).ToList();
        var files = Documents(all);
        var blobs = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (_, image) in all)
        {
            blobs[image.Document.Hex] = image.Document.Bytes.Length;
            foreach (var blob in image.Manifest.Layers!.Append(image.Manifest.Config!))
            {
                blobs[ManifestDocument.HexOf(blob, "image")] = blob.Size;
            }
        }

        var writer = new TarWriter(output);
        WriteDirectory(writer, "blobs");
        WriteDirectory(writer, "blobs/sha256");
        foreach (var (hex, size) in blobs)
        {
            WriteBlob(writer, hex, size);
        }

        foreach (var (name, bytes) in files)
        {
            writer.WriteHeader(Member(name, TarType.File, bytes.Length));
            writer.WriteData(bytes);
            writer.Pad(bytes.Length);
        }

        writer.Finish();
    }

    private static List<(string Name, byte[] Bytes)> Documents(List<(ImageReference? Name, PortableImage Image)> images)
    {
        var index = new ImageIndex { MediaType = MediaTypes.Index, Manifests = [] };
        var docker = new List<DockerArchiveImage>();
        foreach (var (name, image) in images)
        {
            index.Manifests.Add(new Descriptor
            {
                MediaType = image.Document.MediaType,
                Digest = $"sha256:{image.Document.Hex}",
                Size = image.Document.Bytes.Length,
                Annotations = name is null ? null : new() { [NameAnnotation] = name.Canonical, [ImageAnnotations.RefName] = name.Tag ?? ImageReference.DefaultTag },
            });
            var config = $"blobs/sha256/{ManifestDocument.HexOf(image.Manifest.Config!, "image")}";
            var known = docker.Find(other => other.Config == config);
            if (known is null)
            {
                known = new DockerArchiveImage
                {
                    Config = config,
                    RepoTags = [],
                    Layers = image.Manifest.Layers!.ConvertAll(layer => $"blobs/sha256/{ManifestDocument.HexOf(layer, "image")}"),
                };
                docker.Add(known);
            }

            if (name is not null)
            {
                known.RepoTags!.Add(name.Familiar);
            }
        }

        return
        [
            (ImageLayout.IndexFileName, JsonSerializer.SerializeToUtf8Bytes(index, ImageJson.Default.ImageIndex)),
            (DockerArchiveImage.FileName, JsonSerializer.SerializeToUtf8Bytes(docker, ImageJson.Default.ListDockerArchiveImage)),
            (ImageLayout.FileName, JsonSerializer.SerializeToUtf8Bytes(new ImageLayout { ImageLayoutVersion = ImageLayout.CurrentVersion }, ImageJson.Default.ImageLayout)),
        ];
    }

    private void WriteBlob(TarWriter writer, string hex, long size)
    {
        using var blob = _content.Open(hex);
        using var hashed = new HashingStream(new Registry.BlobStream(blob));
        if (blob.Length != size)
        {
            throw new ImageException($"save blob sha256:{hex}: it has {blob.Length} bytes, not {size}: it is damaged; pull or load the image again");
        }

        writer.WriteHeader(Member($"blobs/sha256/{hex}", TarType.File, size));
        var buffer = new byte[256 * 1024];
        for (var left = size; left > 0;)
        {
            var count = hashed.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)));
            if (count == 0)
            {
                throw new ImageException($"save blob sha256:{hex}: it ends early");
            }

            writer.WriteData(buffer.AsSpan(0, count));
            left -= count;
        }

        writer.Pad(size);
        if (hashed.Finish() != hex)
        {
            throw new ImageException($"save blob sha256:{hex}: its content has another digest: it is damaged; pull or load the image again");
        }
    }

    private static void WriteDirectory(TarWriter writer, string name) => writer.WriteHeader(Member(name, TarType.Directory, 0));

    private static TarEntry Member(string name, TarType type, long size) => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        LinkName = [],
        Type = type,
        Mode = type == TarType.Directory ? 0x1ED : 0x1A4,
        Uid = 0,
        Gid = 0,
        Size = size,
        Seconds = 0,
        Nanoseconds = 0,
    };
}
