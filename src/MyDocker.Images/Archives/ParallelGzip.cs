using System.IO.Compression;

namespace MyDocker.Images.Archives;

/// <summary>
/// Writes gzip on all processors: pieces of 1 MiB, each a member of its own, one after the other (RFC 1952, 2.2: any
/// decompressor reads them as one). The bytes depend on the input only, not on how many processors there are.
/// </summary>
internal sealed class ParallelGzip(Stream output) : IDisposable
{
    private const int Piece = 1 << 20;

    private readonly Queue<Task<MemoryStream>> _pending = [];
    private byte[] _piece = new byte[Piece];
    private int _length;
    private bool _hasWritten;
    private bool _isDone;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, Piece - _length);
            bytes[..count].CopyTo(_piece.AsSpan(_length));
            _length += count;
            bytes = bytes[count..];
            if (_length == Piece)
            {
                Submit();
            }
        }
    }

    /// <summary>Writes what is left. Not to be forgotten: without it the stream has no end.</summary>
    public void Dispose()
    {
        if (_isDone)
        {
            return;
        }

        _isDone = true;
        if (_length > 0 || !_hasWritten)
        {
            Submit();
        }

        while (_pending.Count > 0)
        {
            Take();
        }
    }

    private void Submit()
    {
        var (piece, length) = (_piece, _length);
        _pending.Enqueue(Task.Run(() => Compress(piece, length)));
        (_piece, _length, _hasWritten) = (new byte[Piece], 0, true);
        while (_pending.Count > 2 * Environment.ProcessorCount)
        {
            Take();
        }
    }

    private void Take()
    {
        var member = _pending.Dequeue().GetAwaiter().GetResult();
        output.Write(member.GetBuffer(), 0, (int)member.Length);
    }

    private static MemoryStream Compress(byte[] piece, int length)
    {
        var member = new MemoryStream(length / 2);
        using (var gzip = new GZipStream(member, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(piece, 0, length);
        }

        return member;
    }
}
