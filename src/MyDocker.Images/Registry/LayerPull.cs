using MyDocker.Images.Archives;
using MyDocker.Images.Manifests;
using MyDocker.Images.Store;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Registry;

/// <summary>One layer: its blob into the store, its files into a layer, both in one go where neither is there.</summary>
internal sealed class LayerPull(ContentStore content, LayerInstaller installer, RegistryClient client, PullRequest request, string shown)
{
    public void Run(Descriptor layer, string diffHex)
    {
        var hex = ManifestDocument.HexOf(layer, shown);
        var what = $"pull {shown}";
        void Tell(TransferPhase phase) => request.Progress?.Invoke(new TransferEvent(hex, phase, layer.Size, layer.Size));

        for (var attempt = 0; ; attempt++)
        {
            using var partial = content.Ingest(hex, () => Tell(TransferPhase.Waiting));
            if (partial is null)
            {
                if (content.SizeOf(hex) != layer.Size)
                {
                    RemoveIfDamaged(layer, hex);
                    continue;
                }

                if (!installer.Has(diffHex) && !UnpackStored(layer, hex, diffHex))
                {
                    continue; // the blob was damaged and is gone
                }

                Tell(TransferPhase.Exists);
                return;
            }

            try
            {
                var download = new BlobDownload(client, layer, partial, what, request.Progress);
                FetchAndUnpack(download, layer, hex, diffHex, () => Tell(TransferPhase.Unpacking));
                partial.Commit();
                Tell(TransferPhase.Pulled);
                return;
            }
            catch (StalePartException e) when (attempt == 0)
            {
                request.Log?.Invoke($"{e.Message}; fetching all of it again");
            }
        }
    }

    /// <summary>The reader waits for the writer, byte by byte; the layer becomes one when both are content.</summary>
    private void FetchAndUnpack(BlobDownload download, Descriptor layer, string hex, string diffHex, Action fetched)
    {
        UnpackedLayer? unpacked = null;
        Exception? failure = null;
        Thread? reader = null;
        if (!installer.Has(diffHex))
        {
            reader = new Thread(() =>
            {
                try
                {
                    using var archive = download.Reader();
                    unpacked = installer.Unpack(archive, layer.MediaType, diffHex, Name(hex));
                }
                catch (Exception e)
                {
                    failure = e;
                }
            }) { Name = $"unpack {hex[..12]}" };
            reader.Start();
        }

        try
        {
            download.Run();
            fetched();
        }
        catch
        {
            reader?.Join(); // it has heard of it
            unpacked?.Dispose();
            throw;
        }

        reader?.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        Keep(unpacked);
    }

    // Cut off by a loss of power; or the manifest lies about it, and it is another image's.
    private void RemoveIfDamaged(Descriptor layer, string hex)
    {
        using var blob = content.Open(hex);
        using var hashed = new HashingStream(new BlobStream(blob));
        if (hashed.Finish() == hex)
        {
            throw new ImageException($"pull {shown}: its manifest says that {layer.Digest} has {layer.Size} bytes, and it has {blob.Length}");
        }

        content.Remove(hex);
    }

    private bool UnpackStored(Descriptor layer, string hex, string diffHex)
    {
        using var blob = content.Open(hex);
        using var hashed = new HashingStream(new BlobStream(blob));
        UnpackedLayer? unpacked = null;
        ImageException? failure = null;
        try
        {
            unpacked = installer.Unpack(hashed, layer.MediaType, diffHex, Name(hex));
        }
        catch (ImageException e)
        {
            failure = e;
        }

        if (hashed.Finish() != hex)
        {
            unpacked?.Dispose();
            content.Remove(hex);
            request.Log?.Invoke($"the stored blob sha256:{hex} is damaged; fetching it again");
            return false;
        }

        if (failure is not null)
        {
            throw failure;
        }

        Keep(unpacked);
        return true;
    }

    private void Keep(UnpackedLayer? unpacked)
    {
        if (unpacked is null)
        {
            return;
        }

        foreach (var note in unpacked.Notes)
        {
            request.Log?.Invoke(note);
        }

        installer.Commit(unpacked);
    }

    private string Name(string hex) => $"layer {hex[..12]} of {shown}";
}

/// <summary>A stored blob, front to back.</summary>
internal sealed class BlobStream(BlobFile blob) : ReadOnlyStream
{
    private long _position;

    public override int Read(Span<byte> buffer)
    {
        var count = blob.Read(buffer, _position);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
