using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Printing;

/// <summary>A descriptor of ours as a stream, with a buffer; it stays open.</summary>
internal sealed class FdOutput(int descriptor) : Stream
{
    private readonly Fd _fd = new(descriptor);
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _length;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _length)
        {
            Flush();
        }

        if (bytes.Length > _buffer.Length)
        {
            Put(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        Put(_buffer.AsSpan(0, _length));
        _length = 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Flush();
            _fd.Release();
        }

        base.Dispose(disposing);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        var errno = Files.TryWrite(_fd, bytes);
        if (errno != Errno.None)
        {
            throw new KernelException("write", descriptor == 1 ? "standard output" : $"descriptor {descriptor}", errno);
        }
    }
}
