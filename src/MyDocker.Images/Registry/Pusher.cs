using System.Net.Http.Headers;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Registry;

/// <summary>What a push did.</summary>
/// <param name="Digest">"sha256:…" of the manifest that the registry has now.</param>
/// <param name="Size">bytes of that manifest.</param>
public sealed record PushedImage(ImageReference Name, string Digest, long Size);

/// <summary>Pushes one image to one registry: layers and configuration, then the manifest that names them.</summary>
internal sealed class Pusher(StorePaths paths, RegistryClient client, ImageReference name, Action<TransferEvent>? progress, Action<string>? log)
{
    private readonly ContentStore _content = new(paths);
    private readonly string _what = $"push {name.Familiar}";

    public PushedImage Push(ImageRecord record)
    {
        using var lease = Lease.Take(paths);
        var image = new Materializer(paths).Make(record, lease, name.Familiar, i => progress?.Invoke(new TransferEvent(record.Layers[i], TransferPhase.Preparing, 0, 0)), log);
        var others = OtherRepositories(image);
        var layers = image.Manifest.Layers!.DistinctBy(layer => layer.Digest).ToList();
        new Parallel().Run(layers.Count, Parallel.Layers, i => PushBlob(layers[i], others));
        PushBlob(image.Manifest.Config!, others, isShown: false);
        client.PutManifest(name.Tag!, image.Document.Bytes, image.Document.MediaType, _what);
        using (paths.Lock(exclusive: false))
        {
            new ImageWriter(paths).NameByDigest(name, image.Document.Hex, image.Document.Hex);
        }

        return new PushedImage(name, $"sha256:{image.Document.Hex}", image.Document.Bytes.Length);
    }

    private void PushBlob(Descriptor blob, Dictionary<string, string> others, bool isShown = true)
    {
        var hex = ManifestDocument.HexOf(blob, _what);
        void Tell(TransferPhase phase, long done)
        {
            if (isShown)
            {
                progress?.Invoke(new TransferEvent(hex, phase, done, blob.Size));
            }
        }

        Tell(TransferPhase.Waiting, 0);
        if (client.HasBlob(blob.Digest, _what))
        {
            Tell(TransferPhase.Exists, blob.Size);
            return;
        }

        var isMounted = client.Retry.Run(() =>
        {
            if (client.BeginUpload(blob.Digest, others.GetValueOrDefault(blob.Digest), _what) is not { } place)
            {
                return true;
            }

            client.Upload(place, blob.Digest, () => Content(hex, blob.Size, done => Tell(TransferPhase.Uploading, done)), _what);
            return false;
        });
        Tell(isMounted ? TransferPhase.Mounted : TransferPhase.Pushed, blob.Size);
    }

    private StreamContent Content(string hex, long size, Action<long> sent)
    {
        var blob = _content.Open(hex);
        if (blob.Length != size)
        {
            blob.Dispose();
            throw new ImageException($"{_what}: the stored blob sha256:{hex} has {blob.Length} bytes, not {size}: it is damaged; pull or load the image again");
        }

        var content = new StreamContent(new Archives.CountingStream(new BlobStream(blob), sent), 256 * 1024);
        content.Headers.ContentLength = size;
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    /// <summary>For each layer another repository of this registry that it came from or went to: it can be taken from there.</summary>
    private Dictionary<string, string> OtherRepositories(PortableImage image)
    {
        var found = new Dictionary<string, string>();
        var wanted = image.Manifest.Layers!.Append(image.Manifest.Config!).Select(blob => blob.Digest).ToHashSet();
        foreach (var (other, _, manifestHex) in ImageNames.Names(paths))
        {
            if (other.Domain != name.Domain || other.Path == name.Path || other.Digest is null || _content.TryRead(manifestHex, ManifestLimits.Manifest) is not { } bytes)
            {
                continue;
            }

            var manifest = ManifestDocument.Parse(bytes, null, other.Familiar).Manifest;
            foreach (var blob in (manifest?.Layers ?? []).Append(manifest?.Config).OfType<Descriptor>().Where(blob => wanted.Contains(blob.Digest)))
            {
                found.TryAdd(blob.Digest, other.Path);
            }
        }

        return found;
    }
}
