using System.IO.Pipelines;

namespace MyDocker.Images.Archives;

/// <summary>Reads what a thread of its own writes.</summary>
internal sealed class ThreadPipe : ReadOnlyStream
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20, useSynchronizationContext: false));
    private readonly Stream _reader;

    public ThreadPipe(Action<Stream> write)
    {
        _reader = _pipe.Reader.AsStream();
        new Thread(() =>
        {
            try
            {
                using var output = _pipe.Writer.AsStream(leaveOpen: true);
                write(output);
                _pipe.Writer.Complete();
            }
            catch (Exception e)
            {
                _pipe.Writer.Complete(e);
            }
        }) { IsBackground = true, Name = "archive" }.Start();
    }

    public override int Read(Span<byte> buffer) => _reader.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => _reader.Read(buffer, offset, count);

    protected override void Dispose(bool disposing)
    {
        _reader.Dispose(); // the writer stops at its next write
        base.Dispose(disposing);
    }
}
