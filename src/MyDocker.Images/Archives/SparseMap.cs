namespace MyDocker.Images.Archives;

/// <summary>The pieces of a sparse file, checked: in order, apart, inside the file, and as many bytes as are stored.</summary>
internal sealed class SparseMap(long size)
{
    public const int MaxExtents = 1 << 20;

    private readonly List<SparseExtent> _extents = [];

    public static long CheckCount(long count)
        => count is >= 0 and <= MaxExtents ? count : throw new TarFormatException($"a sparse file of {count} pieces; the limit is {MaxExtents}");

    public void Add(long offset, long length)
    {
        CheckCount(_extents.Count + 1);
        var end = _extents.Count == 0 ? 0 : _extents[^1].Offset + _extents[^1].Length;
        if (length < 0 || offset < end || offset > size - length)
        {
            throw new TarFormatException($"a sparse file of {size} bytes has an impossible piece at {offset} of {length} bytes");
        }

        _extents.Add(new SparseExtent(offset, length));
    }

    /// <summary>Pieces as GNU's old header has them: offset and length, 12 bytes each; an empty one ends the list.</summary>
    public void AddBinary(ReadOnlySpan<byte> pieces)
    {
        for (; pieces.Length > 0 && pieces[0] != 0; pieces = pieces[24..])
        {
            if (!TarHeader.TryNumber(pieces[..12], out var offset) || !TarHeader.TryNumber(pieces[12..24], out var length))
            {
                throw new TarFormatException("the map of a sparse file holds something else than numbers");
            }

            Add(offset, length);
        }
    }

    /// <summary>Pieces as pax form 0.1 (and 0.0, joined) has them: "offset,length,offset,length".</summary>
    public void AddText(ReadOnlySpan<byte> list)
    {
        long? offset = null;
        foreach (var range in list.Split((byte)','))
        {
            var text = list[range];
            if (text.IsEmpty && list.IsEmpty)
            {
                return;
            }

            if (!PaxRecords.TryNumber(text, out var number))
            {
                throw new TarFormatException("the map of a sparse file holds something else than numbers");
            }

            if (offset is { } start)
            {
                Add(start, number);
                offset = null;
            }
            else
            {
                offset = number;
            }
        }
    }

    public (long Size, IReadOnlyList<SparseExtent> Extents) Check(long stored)
    {
        var sum = _extents.Sum(extent => extent.Length);
        return size >= 0 && sum == stored
            ? (size, _extents)
            : throw new TarFormatException($"a sparse file has {stored} bytes stored, and its map says {sum}");
    }
}
