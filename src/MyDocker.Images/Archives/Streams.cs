using System.Security.Cryptography;

namespace MyDocker.Images.Archives;

/// <summary>The parts of <see cref="Stream"/> that a stream read front to back does not have.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>A stream whose next byte can be looked at.</summary>
internal sealed class PeekStream(Stream input) : ReadOnlyStream
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start, _end;
    private long _position;

    /// <summary>Bytes read so far; SharpCompress finds the padding of xz blocks by it.</summary>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>The bytes that come next, up to <paramref name="count"/> (at most 64 KiB); fewer only at the end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _start < count)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            var got = input.Read(_buffer.AsSpan(_end));
            if (got == 0)
            {
                break;
            }

            _end += got;
        }

        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>The next byte, or -1 at the end.</summary>
    public int Peek() => Peek(1) is [var next] ? next : -1;

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, input.Read(_buffer));
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        _position += count;
        return count;
    }

    /// <summary>Reads to the end, so that whoever writes it can finish.</summary>
    public void DrainRest()
    {
        do
        {
            _start = _end = 0;
        }
        while ((_end = input.Read(_buffer)) > 0);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 0 ? -1 : one[0];
    }
}

/// <summary>One stream after the other.</summary>
internal sealed class ChainedStream(Stream first, Stream second) : ReadOnlyStream
{
    private bool _isSecond;

    public override int Read(Span<byte> buffer)
    {
        var count = _isSecond ? 0 : first.Read(buffer);
        _isSecond |= count == 0 && !buffer.IsEmpty;
        return count > 0 ? count : second.Read(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}

/// <summary>Tells how many bytes have passed, for a progress bar.</summary>
internal sealed class CountingStream(Stream input, Action<long>? progress) : ReadOnlyStream
{
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        var count = input.Read(buffer);
        Count += count;
        progress?.Invoke(Count);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}

/// <summary>Refuses to give more than a number of bytes.</summary>
internal sealed class LimitedStream(Stream input, long limit, string shown) : ReadOnlyStream
{
    private long _count;

    public override int Read(Span<byte> buffer)
    {
        var count = input.Read(buffer);
        _count += count;
        return _count <= limit ? count : throw new ImageException($"read {shown}: it has more than {limit} bytes, which is the limit");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}

/// <summary>Hashes what passes (SHA-256), and holds a read-ahead buffer so that headers do not cost a read each.</summary>
internal sealed class HashingStream(Stream input) : ReadOnlyStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start, _end;

    /// <summary>Bytes that have been hashed.</summary>
    public long Count { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, input.Read(_buffer));
            _hash.AppendData(_buffer, 0, _end);
            Count += _end;
        }

        var count = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads what is left and returns the hash of everything, 64 lower-case hexadecimal digits.</summary>
    public string Finish()
    {
        do
        {
            _start = _end;
        }
        while (Read(_buffer.AsSpan(0, 1)) > 0);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Takes bytes.</summary>
internal delegate void ByteSink(ReadOnlySpan<byte> bytes);

/// <summary>Hashes what is written (SHA-256) and hands it on, or keeps nothing of it.</summary>
internal sealed class HashSink(ByteSink? next = null) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _count;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => _count;

    public override long Position
    {
        get => _count;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        _count += buffer.Length;
        next?.Invoke(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
