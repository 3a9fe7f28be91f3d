
namespace MyDocker.Images.Archives;

/// <summary>
/// Reads a tar archive (v7, ustar, pax, GNU with long names and all four sparse forms) front to back.
/// <para>
/// It is ours because System.Formats.Tar of .NET 10 turns names and attribute values into strings: a capability
/// attribute with a byte above 0x7f (cap_setuid of newuidmap) and names that are not UTF-8 come out changed, and
/// sparse files are not understood at all. See docs/images.md.
/// </para>
/// </summary>
internal sealed class TarReader(Stream archive)
{
    private const int Block = 512;
    private const int MaxDescription = 1 << 20; // a pax header or long name; Go's archive/tar has the same limit

    private readonly byte[] _header = new byte[Block];
    private readonly Dictionary<string, byte[]> _global = new(StringComparer.Ordinal);
    private long _left;    // data bytes of the current member still to be read
    private long _padding; // zero bytes behind them
    private long _position;

    /// <summary>Bytes of the archive read so far.</summary>
    public long Position => _position;

    /// <summary>
    /// The next member, or null behind the last one. Throws <see cref="TarFormatException"/> for a damaged archive; an
    /// archive that stops without its end marker counts as cut off.
    /// </summary>
    public TarEntry? Next()
    {
        var pax = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        byte[]? longName = null, longLink = null;
        while (true)
        {
            Skip(_left + _padding);
            _left = _padding = 0;
            if (!ReadHeader())
            {
                return null;
            }

            var header = new TarHeader(_header, _position - Block);
            var kind = header.Kind;
            switch (kind)
            {
                case 'x' or 'X':
                    PaxRecords.Read(ReadDescription(header, "pax header"), pax);
                    continue;
                case 'g':
                    PaxRecords.Read(ReadDescription(header, "pax header"), _global);
                    continue;
                case 'L':
                    longName = TrimNul(ReadDescription(header, "long name"));
                    continue;
                case 'K':
                    longLink = TrimNul(ReadDescription(header, "long link name"));
                    continue;
                case 'V' or 'N':
                    SetData(header.Size); // a volume's label and an obsolete list of names: nothing to unpack
                    continue;
                default:
                    return Finish(header, kind, new PaxRecords(_global, pax), longName, longLink);
            }
        }
    }

    /// <summary>Reads stored data of the current member; 0 at its end.</summary>
    public int Read(Span<byte> buffer)
    {
        if (_left == 0)
        {
            return 0;
        }

        var count = archive.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        if (count == 0)
        {
            throw new TarFormatException($"it ends after {_position} bytes, {_left} bytes before the end of a file in it");
        }

        _position += count;
        _left -= count;
        return count;
    }

    private TarEntry Finish(TarHeader header, char kind, PaxRecords pax, byte[]? longName, byte[]? longLink)
    {
        var name = pax.Bytes("path") ?? longName ?? header.Name;
        var type = TypeOf(kind, name, header);
        SetData(type == TarType.File ? pax.Number("size") ?? header.Size : 0);
        var (size, extents) = (_left, (IReadOnlyList<SparseExtent>?)null);
        if (kind == 'S')
        {
            (size, extents) = ReadOldSparseMap(header);
        }
        else if (type == TarType.File && pax.IsSparse)
        {
            name = pax.Bytes("GNU.sparse.name") ?? name;
            (size, extents) = ReadPaxSparseMap(pax);
        }

        var (seconds, nanoseconds) = pax.Time("mtime") ?? (header.Seconds, 0u);
        return new TarEntry
        {
            Name = Usable(name, "name", header),
            LinkName = type is TarType.HardLink or TarType.Symlink ? Usable(pax.Bytes("linkpath") ?? longLink ?? header.LinkName, "link name", header) : [],
            Type = type,
            Mode = header.Mode,
            Uid = Owner(pax.Number("uid") ?? header.Uid, "uid", name),
            Gid = Owner(pax.Number("gid") ?? header.Gid, "gid", name),
            Size = size,
            Seconds = seconds,
            Nanoseconds = nanoseconds,
            DeviceMajor = type is TarType.CharDevice or TarType.BlockDevice ? header.DeviceMajor : 0,
            DeviceMinor = type is TarType.CharDevice or TarType.BlockDevice ? header.DeviceMinor : 0,
            Attributes = pax.Attributes(),
            Extents = extents,
        };
    }

    private static TarType TypeOf(char kind, byte[] name, TarHeader header) => kind switch
    {
        // Archives of the 1980s mark a directory by a slash at the end of its name only.
        '\0' or '0' => name.Length > 0 && name[^1] == (byte)'/' ? TarType.Directory : TarType.File,
        '7' or 'S' => TarType.File,
        '1' => TarType.HardLink,
        '2' => TarType.Symlink,
        '3' => TarType.CharDevice,
        '4' => TarType.BlockDevice,
        '5' => TarType.Directory,
        '6' => TarType.Fifo,
        'M' => throw new TarFormatException($"{Printable.Name(name)} at byte {header.Position} continues from another volume; join the volumes first"),
        _ => throw new TarFormatException($"{Printable.Name(name)} at byte {header.Position} is of the unknown type '{(kind is > ' ' and <= '~' ? kind : '?')}' (0x{(int)kind:x2})"),
    };

    private static uint Owner(long id, string what, byte[] name)
        => id is >= 0 and < uint.MaxValue ? (uint)id : throw new TarFormatException($"{Printable.Name(name)} has the {what} {id}; expected 0 to {uint.MaxValue - 1}");

    private static byte[] Usable(byte[] name, string what, TarHeader header)
    {
        if (name.AsSpan().Contains((byte)0))
        {
            throw new TarFormatException($"a {what} at byte {header.Position} contains a NUL");
        }

        return name;
    }

    // True with a header in _header, false at the end marker.
    private bool ReadHeader()
    {
        var start = _position;
        var got = ReadUpTo(_header);
        if (got == Block && _header.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
        {
            return TarHeader.IsChecksumRight(_header)
                ? true
                : throw new TarFormatException(start == 0 ? "it is not a tar archive (wrong checksum in its first header)" : $"the header at byte {start} is damaged (wrong checksum)");
        }

        if (got == Block)
        {
            return false; // one block of zeros is enough for GNU tar too
        }

        throw new TarFormatException(
            start + got == 0 ? "it is empty; expected a tar archive"
            : start == 0 ? $"it has only {got} bytes; expected a tar archive, which has at least {2 * Block}"
            : got == 0 ? $"it ends after {start} bytes without an end marker (two blocks of zeros): cut off"
            : $"it ends after {start + got} bytes in the middle of a header: cut off");
    }

    private byte[] ReadDescription(TarHeader header, string what)
    {
        if (header.Size > MaxDescription)
        {
            throw new TarFormatException($"the {what} at byte {header.Position} has {header.Size} bytes; the limit is {MaxDescription}");
        }

        SetData(header.Size);
        return ReadData((int)header.Size);
    }

    private byte[] ReadData(int length)
    {
        var data = new byte[length];
        for (var done = 0; done < length;)
        {
            var count = Read(data.AsSpan(done));
            done += count > 0 ? count : throw new TarFormatException($"the description of a file ends early at byte {_position}");
        }

        return data;
    }

    // GNU tar's first form: up to 4 pieces in the header, 21 in each block behind it.
    private (long Size, IReadOnlyList<SparseExtent> Extents) ReadOldSparseMap(TarHeader header)
    {
        const int First = 386, InFirst = 4, InMore = 21, FirstFlag = 482, MoreFlag = 504, Piece = 24;
        var map = new SparseMap(header.SparseRealSize);
        map.AddBinary(_header.AsSpan(First, InFirst * Piece));
        var more = _header[FirstFlag] != 0;
        var block = new byte[Block];
        while (more)
        {
            // These blocks belong to the header: the member's size does not count them.
            if (ReadUpTo(block) != Block)
            {
                throw new TarFormatException($"it ends after {_position} bytes in the map of a sparse file: cut off");
            }

            map.AddBinary(block.AsSpan(0, InMore * Piece));
            more = block[MoreFlag] != 0;
        }

        return map.Check(_left);
    }

    private (long Size, IReadOnlyList<SparseExtent> Extents) ReadPaxSparseMap(PaxRecords pax)
    {
        var size = pax.Number("GNU.sparse.realsize") ?? pax.Number("GNU.sparse.size") ?? throw new TarFormatException("a sparse file without its size (GNU.sparse.realsize)");
        var map = new SparseMap(size);
        if (pax.Bytes("GNU.sparse.map") is { } list)
        {
            map.AddText(list);
        }
        else if (pax.Number("GNU.sparse.major") == 1)
        {
            ReadSparseMapInData(map);
        }
        else
        {
            throw new TarFormatException("a sparse file whose map is in none of GNU tar's forms");
        }

        return map.Check(_left);
    }

    // Form 1.0: decimal numbers, one a line, in whole blocks before the data.
    private void ReadSparseMapInData(SparseMap map)
    {
        var numbers = new List<long>();
        var (value, digits, wanted) = (0L, 0, 1L);
        while (numbers.Count < wanted)
        {
            foreach (var c in ReadData(Block))
            {
                if (c == '\n' && digits > 0)
                {
                    numbers.Add(value);
                    (value, digits) = (0, 0);
                    wanted = numbers.Count == 1 ? 1 + (2 * SparseMap.CheckCount(numbers[0])) : wanted;
                    if (numbers.Count == wanted)
                    {
                        break;
                    }
                }
                else if (c is >= (byte)'0' and <= (byte)'9' && ++digits <= 18)
                {
                    value = (value * 10) + (c - '0');
                }
                else
                {
                    throw new TarFormatException($"the map of a sparse file before byte {_position} holds something else than numbers");
                }
            }
        }

        for (var i = 1; i < numbers.Count; i += 2)
        {
            map.Add(numbers[i], numbers[i + 1]);
        }
    }

    private void SetData(long size)
    {
        _left = size;
        _padding = (Block - (size % Block)) % Block;
    }

    private void Skip(long count)
    {
        Span<byte> waste = stackalloc byte[4096];
        while (count > 0)
        {
            var got = archive.Read(waste[..(int)Math.Min(waste.Length, count)]);
            if (got == 0)
            {
                throw new TarFormatException($"it ends after {_position} bytes, {count} bytes before the end of a file in it");
            }

            _position += got;
            count -= got;
        }
    }

    private int ReadUpTo(Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var count = archive.Read(buffer[done..]);
            if (count == 0)
            {
                break;
            }

            done += count;
            _position += count;
        }

        return done;
    }

    private static byte[] TrimNul(byte[] text) => text.AsSpan().IndexOf((byte)0) is var end && end >= 0 ? text[..end] : text;
}
