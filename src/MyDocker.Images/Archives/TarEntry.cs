namespace MyDocker.Images.Archives;

/// <summary>What a member of an archive is, after headers that only describe the next member have been folded in.</summary>
internal enum TarType
{
    File,
    HardLink,
    Symlink,
    CharDevice,
    BlockDevice,
    Directory,
    Fifo,
}

/// <summary>A piece of a sparse file that has data.</summary>
/// <param name="Offset">where in the file, bytes.</param>
/// <param name="Length">bytes.</param>
internal readonly record struct SparseExtent(long Offset, long Length);

/// <summary>One member of a tar archive. Names and attribute values are bytes, exactly as the archive has them.</summary>
internal sealed class TarEntry
{
    public required byte[] Name { get; init; }
    public required byte[] LinkName { get; init; }
    public required TarType Type { get; init; }

    /// <summary>Permission bits, set-id and sticky bits included (0–07777).</summary>
    public required int Mode { get; init; }
    public required uint Uid { get; init; }
    public required uint Gid { get; init; }

    /// <summary>Size of the file, holes included, bytes.</summary>
    public required long Size { get; init; }
    public required long Seconds { get; init; }
    public required uint Nanoseconds { get; init; }
    public uint DeviceMajor { get; init; }
    public uint DeviceMinor { get; init; }
    public IReadOnlyList<ExtendedAttribute> Attributes { get; init; } = [];

    /// <summary>The pieces that have data, in order; null if the file is stored whole.</summary>
    public IReadOnlyList<SparseExtent>? Extents { get; init; }
}

/// <summary>An extended attribute of a file (xattr(7)).</summary>
internal sealed record ExtendedAttribute(string Name, byte[] Value);

/// <summary>The archive is not what tar(5) and pax(1) say it must be. The message says what was expected.</summary>
internal sealed class TarFormatException(string message) : Exception(message);
