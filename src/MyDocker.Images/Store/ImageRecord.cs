using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Images.Store;

/// <summary>
/// What a start has to know of an image, in one small file, so that it costs one open and one read: a few lines of text,
/// an empty line, and the configuration blob as it is. All of it but the time can be made again from the blobs.
/// </summary>
internal sealed record ImageRecord
{
    private const string Version = "mydocker-image 1";
    private const int Limit = 8 << 20;

    public required string ManifestHex { get; init; }
    public required string ConfigHex { get; init; }

    /// <summary>Sum of the sizes of the layers' files, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Unix time, seconds.</summary>
    public required long Created { get; init; }

    /// <summary>Made from a tarball that was run directly; goes when the tarball has changed.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>Diff ids, 64 hexadecimal digits each, the base layer first.</summary>
    public required IReadOnlyList<string> Layers { get; init; }
    public required ReadOnlyMemory<byte> Config { get; init; }

    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        text.Append($"{Version}\nmanifest {ManifestHex}\nconfig {ConfigHex}\nsize {Size}\ncreated {Created}\n");
        text.Append(IsAnonymous ? "anonymous yes\n" : "");
        foreach (var layer in Layers)
        {
            text.Append($"layer {layer}\n");
        }

        return [.. Encoding.ASCII.GetBytes(text.Append('\n').ToString()), .. Config.Span];
    }

    /// <summary>Reads the record at a path (a name's link included); null if there is none.</summary>
    public static ImageRecord? TryRead(string path)
    {
        var errno = Files.TryOpen(path, OpenFlags.O_RDONLY, out var fd);
        if (errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }

        if (errno != Errno.None)
        {
            throw ImageException.Kernel("read", path, errno);
        }

        using (fd)
        {
            var buffer = new byte[8192];
            var length = 0;
            while (true)
            {
                var count = Files.Read(fd!, buffer.AsSpan(length));
                length += Math.Max(count, 0);
                if (count < 0 || length > Limit)
                {
                    throw ImageException.Kernel("read", path, count < 0 ? (Errno)(-count) : Errno.EFBIG);
                }

                // A short read of a regular file is its end: no second read to see that.
                if (length < buffer.Length)
                {
                    return Parse(buffer.AsMemory(0, length), path);
                }

                Array.Resize(ref buffer, length * 2);
            }
        }
    }

    private static ImageRecord Parse(ReadOnlyMemory<byte> bytes, string path)
    {
        string? manifest = null, config = null;
        var (size, created, anonymous, first) = (0L, 0L, false, true);
        var layers = new List<string>();
        while (true)
        {
            var end = bytes.Span.IndexOf((byte)'\n');
            if (end < 0)
            {
                throw Damaged(path);
            }

            var line = Encoding.ASCII.GetString(bytes.Span[..end]);
            bytes = bytes[(end + 1)..];
            if (first)
            {
                first = line == Version ? false : throw Damaged(path);
                continue;
            }

            if (line.Length == 0)
            {
                break;
            }

            var space = line.IndexOf(' ');
            var value = line[(space + 1)..];
            switch (space < 0 ? "" : line[..space])
            {
                case "manifest": manifest = value; break;
                case "config": config = value; break;
                case "size" when long.TryParse(value, out size): break;
                case "created" when long.TryParse(value, out created): break;
                case "anonymous": anonymous = true; break;
                case "layer" when IsHex(value): layers.Add(value); break;
                default: throw Damaged(path);
            }
        }

        return manifest is null || config is null || !IsHex(manifest) || !IsHex(config)
            ? throw Damaged(path)
            : new ImageRecord { ManifestHex = manifest, ConfigHex = config, Size = size, Created = created, IsAnonymous = anonymous, Layers = layers, Config = bytes };
    }

    private static bool IsHex(string text) => text.Length == 64 && text.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0;

    private static ImageException Damaged(string path)
        => new($"read image record {path}: it is damaged, or of a newer version; remove the image with 'mydocker rmi' and import it again");
}
