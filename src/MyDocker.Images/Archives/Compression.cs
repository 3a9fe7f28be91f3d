using System.IO.Compression;
using SharpCompress.Compressors.Xz;

namespace MyDocker.Images.Archives;

internal enum Compression
{
    None,
    Gzip,
    Zstd,
    Xz,
}

/// <summary>Finds out by its first bytes how an archive is compressed, never by its name, and opens it.</summary>
internal static class Decompressor
{
    /// <summary>As many bytes as <see cref="Detect"/> wants to see; fewer at the end of a file are fine.</summary>
    public const int MagicLength = 8;

    public static Compression Detect(ReadOnlySpan<byte> start)
        => start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? Compression.Gzip
            : IsZstd(start) ? Compression.Zstd
            : start.StartsWith((ReadOnlySpan<byte>)[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) ? Compression.Xz
            : Compression.None;

    /// <summary>The name of a format that looks like an archive and is none of ours; null for everything else.</summary>
    public static string? NameOfForeign(ReadOnlySpan<byte> start)
        => start.StartsWith("BZh"u8) ? "bzip2"
            : start.StartsWith("PK\x03\x04"u8) ? "zip"
            : start.StartsWith((ReadOnlySpan<byte>)[0x37, 0x7a, 0xbc, 0xaf]) ? "7z"
            : start.StartsWith((ReadOnlySpan<byte>)[0x04, 0x22, 0x4d, 0x18]) ? "lz4"
            : start.StartsWith("LZIP"u8) ? "lzip"
            : start.StartsWith("hsqs"u8) ? "squashfs"
            : start.StartsWith("070701"u8) || start.StartsWith("070702"u8) ? "cpio"
            : null;

    /// <param name="onAll">use all processors where the format allows it; threads come with that.</param>
    public static Stream Open(Compression compression, PeekStream input, bool onAll = false) => compression switch
    {
        Compression.Zstd when onAll => new ParallelZstd(input),
        Compression.Gzip => OpenGzip(input),
        Compression.Zstd => new ZstdSharp.DecompressionStream(input, leaveOpen: true),
        Compression.Xz => new XzMembers(input),
        _ => input,
    };

    // Without this switch .NET 10 takes a gzip file that stops anywhere for one that ends there.
    private static GZipStream OpenGzip(Stream input)
    {
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
        return new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
    }

    // A frame, or a skippable frame as pzstd and zstd:chunked put first (0x184D2A50–5F).
    private static bool IsZstd(ReadOnlySpan<byte> start)
        => start.Length >= 4 && ((start[0] == 0x28 && start[1] == 0xb5 && start[2] == 0x2f && start[3] == 0xfd)
            || ((start[0] & 0xf0) == 0x50 && start[1] == 0x2a && start[2] == 0x4d && start[3] == 0x18));

    /// <summary>All xz streams of a file one after the other: "cat a.xz b.xz" is a valid file, with padding between them too.</summary>
    private sealed class XzMembers(Stream input) : ReadOnlyStream
    {
        private readonly PeekStream _input = new(input);
        private XZStream? _member;
        private bool _ended;

        public override int Read(Span<byte> buffer)
        {
            while (!_ended && !buffer.IsEmpty)
            {
                _member ??= new XZStream(_input);
                var count = _member.Read(buffer);
                if (count > 0)
                {
                    return count;
                }

                _member.Dispose();
                _member = null;
                int next;
                while ((next = _input.Peek()) == 0)
                {
                    _input.ReadByte(); // stream padding
                }

                _ended = next < 0;
            }

            return 0;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
