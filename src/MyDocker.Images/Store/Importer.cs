using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MyDocker.Images.Archives;
using MyDocker.Images.Layers;
using MyDocker.Images.References;
using MyDocker.Kernel.Digests;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Image;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Images.Store;

/// <summary>What an import says about its image beside the files.</summary>
/// <param name="Changes">instructions as a Dockerfile has them, see <see cref="ConfigChange"/>.</param>
/// <param name="Message">for its history; null: where it came from.</param>
/// <param name="Platform">what it is for; null: this host.</param>
public sealed record ImportSettings(IReadOnlyList<string> Changes, string? Message, Platform? Platform);

/// <summary>Makes images of one layer from archives and directories.</summary>
internal sealed class Importer(StorePaths paths, Action<long>? progress, ImportSettings? settings = null)
{
    private sealed record Layer(string DiffId, long TarSize, long Size, long Entries, IReadOnlyList<string> Notes);

    public ImportedImage Import(string source, ImageReference? name)
    {
        if (source == "-")
        {
            using var input = FdStream.StandardInput();
            return Import(input, "standard input", name);
        }

        using var fd = OpenSource(source, out var stat);
        if (!stat.IsDirectory)
        {
            using var file = new FdStream(fd, Printable.Name(source));
            return Import(file, source, name);
        }

        return Store(staging => Copy(fd, staging), source, name, DateTimeOffset.UtcNow, anonymous: false, out _);
    }

    public ImportedImage Import(Stream archive, string shown, ImageReference? name)
        => Store(staging => Unpack(archive, shown, staging), shown, name, DateTimeOffset.UtcNow, anonymous: false, out _);

    /// <param name="name">null for an image that is only found again by its tarball.</param>
    public ImportedImage Import(Stream archive, string shown, ImageReference? name, DateTimeOffset created, out ImageRecord record)
        => Store(staging => Unpack(archive, shown, staging), shown, name, created, anonymous: name is null, out record);

    /// <summary>How an image is run that says nothing about it.</summary>
    public static ImageConfig DefaultConfig() => new()
    {
        Architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
        Os = "linux",
        Config = new ContainerConfig { Cmd = ["/bin/sh"] },
    };

    public static Fd OpenSource(string source, out Stat stat)
    {
        var errno = Files.TryOpen(source, O_RDONLY | O_NOCTTY, out var fd);
        if (errno != Errno.None)
        {
            throw new ImageException($"import {Printable.Name(source)}: {errno.Describe()}; expected a tar archive, a directory, or - for standard input");
        }

        stat = Files.StatOf(fd!);
        return fd!;
    }

    // 1. sweep what others left  2. fill a staging directory  3. it becomes the layer  4. blobs  5. record  6. name
    private ImportedImage Store(Func<Staging, Layer> fill, string source, ImageReference? name, DateTimeOffset created, bool anonymous, out ImageRecord record)
    {
        if (name is not null)
        {
            StorePaths.Encode(name); // refused before the work, not after it
        }

        foreach (var change in settings?.Changes ?? [])
        {
            ConfigChange.Apply(new ContainerConfig(), change);
        }

        paths.Make();
        using var layers = Files.Open(paths.Layers, O_RDONLY | O_DIRECTORY);
        Staging.Sweep(layers);
        using var staging = Staging.Make(layers);
        var layer = fill(staging);
        using (paths.Lock(exclusive: false))
        {
            staging.Commit(layer.DiffId, layer.Size);
            record = WriteImage(layer, source, created, anonymous);
            if (name is not null)
            {
                StorePaths.Link($"../records/{record.ManifestHex}", paths.Names, StorePaths.Encode(name));
            }
        }

        return new ImportedImage($"sha256:{record.ConfigHex}", name, layer.Size, layer.Entries, layer.Notes);
    }

    private Layer Unpack(Stream archive, string shown, Staging staging)
    {
        using var counted = new CountingStream(archive, progress);
        using var input = new PeekStream(counted);
        var start = input.Peek(Decompressor.MagicLength).ToArray();
        var compression = Decompressor.Detect(start);
        using var plain = new GuardedStream(Decompressor.Open(compression, input), compression, shown, counted);
        using var hashed = new HashingStream(plain);
        using var unpacker = new LayerUnpacker(staging.FileSystem, staging.Trash);
        try
        {
            unpacker.Unpack(new TarReader(hashed));
            var layer = new Layer(hashed.Finish(), hashed.Count, unpacker.Size, unpacker.Count, unpacker.Notes);
            RefuseImageArchive(staging.FileSystem, shown);
            return layer;
        }
        catch (TarFormatException e)
        {
            var foreign = compression == Compression.None ? Decompressor.NameOfForeign(start) : null;
            throw new ImageException(foreign is null
                ? $"import {Printable.Name(shown)}: {e.Message}; nothing was stored"
                : $"import {Printable.Name(shown)}: it is a {foreign} file; expected a tar archive, plain or compressed with gzip, zstd or xz", e);
        }
        catch (ImageException e) when (!e.Message.StartsWith("import ", StringComparison.Ordinal))
        {
            throw new ImageException($"import {Printable.Name(shown)}: {e.Message}", e);
        }
    }

    private Layer Copy(Fd source, Staging staging)
    {
        Files.TryStat(paths.Root, out var exclude);
        using var hash = new HashSink();
        var copier = new DirectoryCopier(source, staging.FileSystem, new TarWriter(hash), exclude);
        copier.Copy(progress);
        var size = hash.Length;
        return new Layer(hash.Finish(), size, copier.Size, copier.Count, copier.Notes);
    }

    private ImageRecord WriteImage(Layer layer, string source, DateTimeOffset created, bool anonymous)
    {
        var time = created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
        var initial = DefaultConfig();
        if (settings?.Platform is { } platform)
        {
            initial = initial with { Os = platform.Os, Architecture = platform.Architecture, Variant = platform.Variant };
        }

        foreach (var change in settings?.Changes ?? [])
        {
            ConfigChange.Apply(initial.Config!, change);
        }

        var comment = settings?.Message ?? $"imported from {(source is "standard input" ? source : Path.GetFileName(source.TrimEnd('/')))}";
        var config = JsonSerializer.SerializeToUtf8Bytes(
            initial with
            {
                Created = time,
                Rootfs = new RootFs { DiffIds = [$"sha256:{layer.DiffId}"] },
                History = [new History { Created = time, CreatedBy = "mydocker import", Comment = comment }],
            },
            ImageJson.Default.ImageConfig);
        var configHex = WriteBlob(config);
        var manifest = JsonSerializer.SerializeToUtf8Bytes(
            new Manifest
            {
                MediaType = MediaTypes.Manifest,
                Config = new Descriptor { MediaType = MediaTypes.Config, Digest = $"sha256:{configHex}", Size = config.Length },
                Layers = [new Descriptor { MediaType = MediaTypes.Layer, Digest = $"sha256:{layer.DiffId}", Size = layer.TarSize }],
            },
            ImageJson.Default.Manifest);
        var record = new ImageRecord
        {
            ManifestHex = WriteBlob(manifest),
            ConfigHex = configHex,
            Size = layer.Size,
            Created = created.ToUnixTimeSeconds(),
            IsAnonymous = anonymous,
            Layers = [layer.DiffId],
            Config = config,
        };
        StorePaths.Write(paths.Records, record.ManifestHex, record.ToBytes());
        return record;
    }

    private string WriteBlob(byte[] content)
    {
        var hex = Sha256.Hex(content);
        if (!Files.Exists(paths.Blob(hex)))
        {
            StorePaths.Write(paths.Blobs, hex, content);
        }

        return hex;
    }

    // Importing what "docker save" wrote would make an image of JSON files: say so now, not when /bin/sh is not found.
    private static void RefuseImageArchive(Fd root, string shown)
    {
        var isArchive = Files.Exists("oci-layout", root) || (Files.Exists("manifest.json", root) && !Files.Exists("etc", root));
        if (isArchive && !Files.Exists("bin", root) && !Files.Exists("usr", root))
        {
            throw new ImageException($"import {Printable.Name(shown)}: it is an archive of images (as 'docker save' writes them), not of a root file system; run the image and use 'docker export' for one of those");
        }
    }
}
