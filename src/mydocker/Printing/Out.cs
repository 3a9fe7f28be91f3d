using System.Buffers;
using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Printing;

/// <summary>
/// Standard output and error by write(2). System.Console would cost 1 ms of a start and leave a thread behind, which the
/// process that clones must not have.
/// </summary>
internal static unsafe class Out
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const int POLLOUT = 4;

    public static void Line(string text) => Write(text + "\n");

    /// <exception cref="KernelException">the output cannot be written (a full disk); a reader that has gone is no error.</exception>
    public static void Write(string text)
    {
        var errno = WriteTo(StandardOutput, text);
        if (errno is not (Errno.None or Errno.EPIPE))
        {
            throw new KernelException("write", "standard output", errno);
        }
    }

    /// <summary>"mydocker: message", control characters made visible: names in it come from anywhere.</summary>
    public static void Error(string message) => WriteTo(StandardError, $"mydocker: {Printable(message, keepLines: true)}\n");

    public static void ErrorText(string text) => WriteTo(StandardError, text);

    public static bool IsTerminal => Columns is not null;

    /// <summary>Width of the terminal on standard output; null if it is none.</summary>
    public static int? Columns
    {
        get
        {
            const int TIOCGWINSZ = 0x5413;
            var size = stackalloc ushort[4]; // struct winsize: rows, columns, pixels
            return Syscall.Invoke(Nr.ioctl, StandardOutput, TIOCGWINSZ, (nint)size) < 0 ? null : size[1] == 0 ? 80 : size[1];
        }
    }

    /// <summary>Control characters, which could drive the terminal, become '?'.</summary>
    public static string Printable(string text, bool keepLines = false)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c) && !(keepLines && (c is '\n' or '\t')))
            {
                return string.Create(text.Length, (text, keepLines), static (span, state) =>
                {
                    for (var i = 0; i < span.Length; i++)
                    {
                        var c = state.text[i];
                        span[i] = char.IsControl(c) && !(state.keepLines && (c is '\n' or '\t')) ? '?' : c;
                    }
                });
            }
        }

        return text;
    }

    private static Errno WriteTo(int fd, string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, buffer);
        var errno = WriteTo(fd, buffer.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
        return errno;
    }

    /// <summary>Bytes as they are, all of them.</summary>
    public static Errno WriteBytes(bool isError, ReadOnlySpan<byte> bytes) => WriteTo(isError ? StandardError : StandardOutput, bytes);

    private static Errno WriteTo(int fd, ReadOnlySpan<byte> bytes)
    {
        var poll = stackalloc int[2] { fd, POLLOUT }; // struct pollfd
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                var count = Syscall.Retry(Nr.write, fd, (nint)(start + done), bytes.Length - done);
                if (Syscall.ErrnoOf(count) == Errno.EAGAIN)
                {
                    // Somebody made our end of the pipe non-blocking: wait until it can take more.
                    Syscall.Retry(Nr.ppoll, (nint)poll, 1, 0, 0);
                    continue;
                }

                if (count < 0)
                {
                    return Syscall.ErrnoOf(count);
                }

                done += (int)count;
            }
        }

        return Errno.None;
    }
}
