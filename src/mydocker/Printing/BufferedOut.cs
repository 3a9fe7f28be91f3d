using System.Buffers;
using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Printing;

/// <summary>Many small pieces for standard output and error, in their order, with few writes.</summary>
internal sealed class BufferedOut : IDisposable
{
    private const int Enough = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _bytes = new(Enough + 4096);
    private bool _isError;

    /// <summary>False once nobody reads any more.</summary>
    public bool Write(bool isError, string text)
    {
        var isOpen = (isError == _isError || Flush()) && (_bytes.WrittenCount < Enough || Flush());
        _isError = isError;
        Encoding.UTF8.GetBytes(text, _bytes);
        return isOpen;
    }

    public bool Flush()
    {
        if (_bytes.WrittenCount == 0)
        {
            return true;
        }

        var errno = Out.WriteBytes(_isError, _bytes.WrittenSpan);
        _bytes.ResetWrittenCount();
        return errno == Errno.None ? true : errno is Errno.EPIPE ? false : throw new KernelException("write", _isError ? "standard error" : "standard output", errno);
    }

    public void Dispose() => Flush();
}
