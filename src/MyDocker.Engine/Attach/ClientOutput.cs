using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Attach;

/// <summary>
/// One output of the caller, written without ever waiting in write(2), so that a reader that has stopped does not hold
/// up signals. O_NONBLOCK on the caller's own open file would change it for its shell too, and stay after a kill -9; so
/// pipes and terminals are opened anew through /proc. Where that is not allowed (another user's terminal after su), small
/// writes after poll(2) have to do; regular files never wait.
/// </summary>
internal sealed unsafe class ClientOutput : IDisposable
{
    /// <summary>PIPE_BUF: a pipe that polls writable takes this much without waiting.</summary>
    private const int SafeSize = 4096;

    private readonly Fd? _own;
    private readonly int _chunk;

    public ClientOutput(int descriptor)
    {
        Descriptor = descriptor;
        _chunk = SafeSize;
        var mode = Files.TryStat($"/proc/self/fd/{descriptor}", out var stat) == Errno.None ? stat.Mode & Stat.S_IFMT : 0;
        if (mode == Stat.S_IFREG)
        {
            _chunk = int.MaxValue;
        }
        else if (mode is Stat.S_IFIFO or Stat.S_IFCHR
            && Files.TryOpen($"/proc/self/fd/{descriptor}", O_WRONLY | O_NONBLOCK | O_NOCTTY, out _own) == Errno.None)
        {
            Descriptor = _own!.Number;
            _chunk = int.MaxValue;
        }
    }

    public int Descriptor { get; }

    /// <summary>May be written to without asking poll(2) first.</summary>
    public bool NeverWaits => _chunk == int.MaxValue;

    /// <summary>Bytes written, or -errno; -EAGAIN when it has to be polled.</summary>
    public int Write(byte* data, int length) => Descriptors.Write(Descriptor, data, Math.Min(length, _chunk));

    public void Dispose() => _own?.Dispose();
}
