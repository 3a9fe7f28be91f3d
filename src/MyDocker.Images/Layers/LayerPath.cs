using MyDocker.Images.Archives;

namespace MyDocker.Images.Layers;

/// <summary>Paths of members of a layer, as bytes without a slash at the start: "etc/passwd"; the root is empty.</summary>
internal static class LayerPath
{
    public const int Max = 4095; // PATH_MAX without the NUL

    /// <summary>Drops empty parts and "."; ".." goes up, but never above the root, as in a chroot.</summary>
    public static byte[] Normalize(ReadOnlySpan<byte> path)
    {
        if (path.Length > Max)
        {
            throw new TarFormatException($"the name {Printable.Name(path)} has {path.Length} bytes; Linux takes {Max}");
        }

        if (IsNormal(path))
        {
            return path.ToArray();
        }

        var result = new byte[path.Length];
        var length = 0;
        foreach (var range in path.Split((byte)'/'))
        {
            var part = path[range];
            if (part.IsEmpty || part.SequenceEqual("."u8))
            {
                continue;
            }

            if (part.SequenceEqual(".."u8))
            {
                length = Math.Max(0, result.AsSpan(0, length).LastIndexOf((byte)'/'));
                continue;
            }

            if (length > 0)
            {
                result[length++] = (byte)'/';
            }

            part.CopyTo(result.AsSpan(length));
            length += part.Length;
        }

        return result[..length];
    }

    public static (byte[] Parent, byte[] Name) Split(byte[] path)
    {
        var slash = path.AsSpan().LastIndexOf((byte)'/');
        return slash < 0 ? ([], path) : (path[..slash], path[(slash + 1)..]);
    }

    public static byte[] Join(byte[] parent, byte[] name) => parent.Length == 0 ? name : [.. parent, (byte)'/', .. name];

    private static bool IsNormal(ReadOnlySpan<byte> path)
    {
        foreach (var range in path.Split((byte)'/'))
        {
            var part = path[range];
            if (part.IsEmpty || part.SequenceEqual("."u8) || part.SequenceEqual(".."u8))
            {
                return false;
            }
        }

        return true;
    }
}
