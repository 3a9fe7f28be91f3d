using System.Buffers.Binary;

namespace MyDocker.Images.Archives;

/// <summary>
/// Decompresses the frames of a zstd stream on all processors. Frames are independent, and their ends are found without
/// decompressing (RFC 8878, 3.1.1): pzstd and zstd:chunked write many. A large one is decompressed as it comes, by one processor.
/// </summary>
internal sealed class ParallelZstd(PeekStream input) : ReadOnlyStream
{
    private const int LargestFrame = 8 << 20, Batch = 1 << 20, MostAhead = 16 << 20; // of what they unpack to, bytes
    private const int LargestBlock = 128 << 10;
    private const int MostHeader = 18;
    private const uint Magic = 0xFD2FB528, SkippableMagic = 0x184D2A50, SkippableMask = 0xFFFFFFF0;

    private readonly Queue<(Task<byte[]> Plain, int Size)> _ahead = [];
    private readonly int _atOnce = Environment.ProcessorCount + 1;
    private int _sizeAhead;
    private byte[] _plain = [];
    private int _position;
    private Stream? _serial;
    private bool _ended;

    public override int Read(Span<byte> buffer)
    {
        while (_position == _plain.Length)
        {
            while (!_ended && _serial is null && _ahead.Count < _atOnce && _sizeAhead < MostAhead)
            {
                ReadBatch();
            }

            if (!_ahead.TryDequeue(out var next))
            {
                return _serial?.Read(buffer) ?? 0;
            }

            _sizeAhead -= next.Size;
            (_plain, _position) = (next.Plain.GetAwaiter().GetResult(), 0);
        }

        var count = Math.Min(buffer.Length, _plain.Length - _position);
        _plain.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Nobody reads from the input after this.
            Task.WaitAll([.. _ahead.Select(next => next.Plain.ContinueWith(static done => done.Exception, TaskScheduler.Default))]);
            _serial?.Dispose();
        }

        base.Dispose(disposing);
    }

    // Frames of zstd:chunked are single files or 64 KiB: a task for each would cost more than it saves.
    private void ReadBatch()
    {
        var (frames, size) = (new MemoryStream(), 0);
        while (size < Batch && !_ended && _serial is null)
        {
            SkipSkippable();
            var start = (int)frames.Length;
            if (input.Peek() < 0)
            {
                _ended = true;
            }
            else if (TryReadFrame(frames) is { } most)
            {
                size += most;
            }
            else
            {
                // What has been read of it comes first.
                var begun = new MemoryStream(frames.GetBuffer()[start..(int)frames.Length]);
                frames.SetLength(start);
                _serial = new ZstdSharp.DecompressionStream(new ChainedStream(begun, input), leaveOpen: true);
            }
        }

        if (frames.Length > 0)
        {
            var (bytes, length) = (frames.GetBuffer(), (int)frames.Length);
            _sizeAhead += size;
            _ahead.Enqueue((Task.Run(() => Decompress(bytes, length, size)), size));
        }
    }

    /// <param name="most">what they unpack to at most.</param>
    private static byte[] Decompress(byte[] frames, int length, int most)
    {
        using var stream = new ZstdSharp.DecompressionStream(new MemoryStream(frames, 0, length));
        var plain = new byte[most];
        var count = stream.ReadAtLeast(plain, most, throwOnEndOfStream: false);
        return stream.ReadByte() < 0 ? plain[..count] : throw new InvalidDataException($"frames of at most {most} bytes have more");
    }

    /// <summary>How many bytes the next frame unpacks to at most; null if it is too large, and only begun then.</summary>
    private int? TryReadFrame(MemoryStream frames)
    {
        if (SizeOf(input.Peek(MostHeader)) > LargestFrame)
        {
            return null;
        }

        var descriptor = input.Peek(5) is { Length: 5 } header ? header[4] : throw new EndOfStreamException("a frame is cut off");
        Copy(frames, HeaderLength(descriptor));
        var most = 0;
        bool isLast;
        do
        {
            var block = Copy(frames, 3);
            isLast = (block & 1) != 0;
            var (type, size) = ((int)(block >> 1) & 3, (int)(block >> 3));
            most += type == 2 ? LargestBlock : size; // compressed; else as it is, or one byte repeated
            if (size > LargestBlock || most > LargestFrame)
            {
                return null;
            }

            Copy(frames, type == 1 ? 1 : size);
        }
        while (!isLast);
        Copy(frames, (descriptor & 4) != 0 ? 4 : 0); // checksum
        return most;
    }

    /// <summary>Takes bytes over; the first three as a number.</summary>
    private uint Copy(MemoryStream frames, int count)
    {
        var start = (int)frames.Length;
        frames.SetLength(start + count);
        var target = frames.GetBuffer().AsSpan(start, count);
        input.ReadExactly(target);
        return count >= 3 ? target[0] | (uint)target[1] << 8 | (uint)target[2] << 16 : 0;
    }

    private void SkipSkippable()
    {
        Span<byte> waste = stackalloc byte[4096];
        while (input.Peek(8) is { Length: 8 } header && (BinaryPrimitives.ReadUInt32LittleEndian(header) & SkippableMask) == SkippableMagic)
        {
            for (var left = 8L + BinaryPrimitives.ReadUInt32LittleEndian(header[4..]); left > 0;)
            {
                var count = input.Read(waste[..(int)Math.Min(waste.Length, left)]);
                left -= count > 0 ? count : throw new EndOfStreamException("a skippable frame is cut off");
            }
        }
    }

    /// <summary>Bytes that a frame says it unpacks to, 0 if it does not say; more than any may if it wants a dictionary, or is none.</summary>
    private static ulong SizeOf(ReadOnlySpan<byte> header)
    {
        if (header.Length < 5 || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic || (header[4] & 0x0B) != 0 || header.Length < HeaderLength(header[4]))
        {
            return ulong.MaxValue;
        }

        var isSingle = (header[4] & 0x20) != 0;
        var at = header[(isSingle ? 5 : 6)..];
        return (header[4] >> 6) switch
        {
            0 => isSingle ? at[0] : 0ul,
            1 => BinaryPrimitives.ReadUInt16LittleEndian(at) + 256ul,
            2 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(at),
        };
    }

    private static int HeaderLength(byte descriptor)
    {
        var isSingle = (descriptor & 0x20) != 0;
        return 5 + (isSingle ? 0 : 1) + ((descriptor >> 6) switch { 0 => isSingle ? 1 : 0, 1 => 2, 2 => 4, _ => 8 });
    }
}
