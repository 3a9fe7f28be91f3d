using MyDocker.Images.Archives;
using MyDocker.Images.Layers;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>Unpacks one layer as it streams by, and checks that it is the one that the configuration names.</summary>
internal sealed class LayerInstaller(StorePaths paths)
{
    /// <summary>Bytes that a layer may unpack to. The disk ends earlier; this ends what is only holes.</summary>
    private const long MaxArchive = 1L << 42;

    public bool Has(string diffHex) => LayerState.IsUsable(paths.LayerHome(diffHex));

    public long SizeOf(string diffHex) => LayerState.SizeOf(paths.LayerHome(diffHex));

    /// <summary>Removes what killed processes left in the middle of unpacking.</summary>
    public void Sweep()
    {
        using var layers = Files.Open(paths.Layers, O_RDONLY | O_DIRECTORY);
        Staging.Sweep(layers);
    }

    /// <summary>
    /// Fills a directory from an archive; the caller makes it a layer once it knows that the archive was right to its end.
    /// </summary>
    /// <param name="archive">as it came, compressed or not.</param>
    /// <param name="mediaType">what it is said to be.</param>
    /// <param name="shown">what to call it in messages: "layer sha256:… of centos:7".</param>
    public UnpackedLayer Unpack(Stream archive, string mediaType, string diffHex, string shown)
    {
        var layers = Files.Open(paths.Layers, O_RDONLY | O_DIRECTORY);
        var staging = Staging.Make(layers);
        var isWhole = false;
        try
        {
            using var counted = new CountingStream(archive, null);
            using var input = new PeekStream(counted);
            var compression = Decompressor.Detect(input.Peek(Decompressor.MagicLength));
            CheckType(compression, mediaType, shown);
            using var plain = new GuardedStream(Decompressor.Open(compression, input, onAll: true), compression, shown, counted, "unpack");
            using var hashed = new HashingStream(plain);
            using var unpacker = new LayerUnpacker(staging.FileSystem, staging.Trash);
            unpacker.Unpack(new TarReader(new LimitedStream(hashed, MaxArchive, shown)));
            var hex = hashed.Finish();
            input.DrainRest();
            isWhole = hex == diffHex;
            return isWhole
                ? new UnpackedLayer(layers, staging, diffHex, unpacker.Size, unpacker.Notes)
                : throw new ImageException($"unpack {shown}: its files have the diff id sha256:{hex}, and the configuration says sha256:{diffHex}; nothing was stored");
        }
        catch (TarFormatException e)
        {
            throw new ImageException($"unpack {shown}: {e.Message}; nothing was stored", e);
        }
        finally
        {
            if (!isWhole)
            {
                staging.Dispose();
                layers.Dispose();
            }
        }
    }

    /// <summary>Makes it a layer, unless another was quicker. Its files reach the disk later (<see cref="ImageWriter.Settle"/>).</summary>
    public void Commit(UnpackedLayer layer)
    {
        using (layer)
        {
            var home = paths.LayerHome(layer.DiffHex);
            if (Files.Exists(home) && !LayerState.IsUsable(home))
            {
                // Left by a pull before the machine lost power: what is in it cannot be told.
                using var layers = Files.Open(paths.Layers, O_RDONLY | O_DIRECTORY);
                Staging.TryRemove(layers, layer.DiffHex);
            }

            layer.Staging.Commit(layer.DiffHex, layer.Size, isPending: true);
        }
    }

    public static bool IsLayerType(string mediaType) => mediaType is MediaTypes.Layer or MediaTypes.LayerGzip or MediaTypes.LayerZstd
        or MediaTypes.NonDistributableLayer or MediaTypes.NonDistributableLayerGzip or MediaTypes.NonDistributableLayerZstd
        or MediaTypes.DockerLayer or MediaTypes.DockerLayerGzip or MediaTypes.DockerLayerZstd or MediaTypes.DockerForeignLayer or MediaTypes.DockerForeignLayerGzip;

    private static void CheckType(Compression compression, string mediaType, string shown)
    {
        var said = mediaType.EndsWith("gzip", StringComparison.Ordinal) ? Compression.Gzip
            : mediaType.EndsWith("zstd", StringComparison.Ordinal) ? Compression.Zstd
            : Compression.None;

        // docker has looked at the content only for ten years, so there are images of its types that say something else.
        var isDockers = mediaType.StartsWith("application/vnd.docker.", StringComparison.Ordinal);
        if (compression == Compression.Xz || (compression != said && !isDockers))
        {
            throw new ImageException($"unpack {shown}: its type says {Word(said)}, and it is {Word(compression)}");
        }
    }

    private static string Word(Compression compression) => compression == Compression.None ? "a plain tar archive" : compression.ToString().ToLowerInvariant();
}

/// <summary>A layer whose files are all there and right, but which nobody sees yet.</summary>
internal sealed class UnpackedLayer(Fd layers, Staging staging, string diffHex, long size, IReadOnlyList<string> notes) : IDisposable
{
    public Staging Staging { get; } = staging;
    public string DiffHex { get; } = diffHex;

    /// <summary>Sum of the file sizes, bytes.</summary>
    public long Size { get; } = size;
    public IReadOnlyList<string> Notes { get; } = notes;

    public void Dispose()
    {
        Staging.Dispose();
        layers.Dispose();
    }
}
