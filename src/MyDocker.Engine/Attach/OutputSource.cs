using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Attach;

/// <summary>Which stream of the container a chunk of output came from. A terminal has only the first.</summary>
public enum OutputStream : byte
{
    Stdout = 1,
    Stderr = 2,
}

/// <summary>
/// Takes each chunk of output before any client, in the order of arrival; for the log. The bytes are valid during the
/// call only; an empty chunk is the end of a stream. It must not throw and must not wait for anybody.
/// </summary>
public delegate void OutputSink(OutputStream stream, ReadOnlySpan<byte> chunk);

/// <summary>The monitor's end of one output stream of a container: the read end of a pipe, or the master of its terminal.</summary>
/// <param name="peer">
/// The other side of the terminal, held open until the end. A master reads EIO while nobody has the other side open,
/// which is not the end of a container that opens its /dev/console later. Ours counts even after a hang-up of the
/// terminal's session (Linux keeps the file, dead, in its count), so EIO never comes before the end.
/// </param>
internal sealed unsafe class OutputSource(OutputStream stream, Fd descriptor, Fd? peer)
{
    /// <summary>Most that is taken from a terminal after the container's end: it holds far less.</summary>
    private const long TerminalRemainder = 1 << 20;

    private long _left = long.MaxValue;
    private bool _ending;

    public OutputStream Stream { get; } = stream;

    public Fd Descriptor { get; } = descriptor;

    public bool IsTerminal { get; } = peer is not null;

    public bool IsOpen { get; private set; } = true;

    /// <summary>
    /// From now on only what is there is read: whoever still writes is no part of the container (a process that shares
    /// the host's pid namespace, or got the descriptor by a socket).
    /// </summary>
    public void BeginEnd()
    {
        _ending = true;
        _left = IsTerminal ? TerminalRemainder : Descriptors.BytesToRead(Descriptor);
    }

    /// <summary>Reads a chunk. 0: nothing now; <see cref="IsOpen"/> tells whether ever again.</summary>
    public int Read(byte* buffer, int size)
    {
        if (!IsOpen || _left <= 0)
        {
            IsOpen = false;
            return 0;
        }

        var count = Descriptors.Read(Descriptor.Number, buffer, (int)Math.Min(size, _left));
        if (count > 0)
        {
            _left -= _ending ? count : 0;
            return count;
        }

        IsOpen = count == -(int)Errno.EAGAIN && !_ending;
        return 0;
    }

    public void Close()
    {
        IsOpen = false;
        peer?.Dispose();
        Descriptor.Dispose();
    }
}
