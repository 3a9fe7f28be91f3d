using System.Globalization;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Engine.Attach;

/// <content>The streams of a container whose monitor is gone.</content>
public sealed unsafe partial class ContainerIo
{
    private string? _lostStreams;

    /// <summary>
    /// Instead of <see cref="OpenPipes"/>, of a container that runs: a pipe whose reader is gone has one again once somebody opens
    /// it through /proc (proc_pid_fd(5)), with all that is in it. What init has put in the place of its streams meanwhile, and the
    /// master end of a terminal, cannot be had: who attaches from now on is told so.
    /// </summary>
    /// <param name="container">its name.</param>
    public void RecoverStreams(string container, int init, bool isTerminal, bool withInput)
    {
        if (!isTerminal)
        {
            RecoverPipes(init, withInput);
        }

        if (_sources.Count == 0)
        {
            _lostStreams = $"mydocker: warning: {container}: its streams went with a monitor that was killed; 'mydocker restart {container}' gives it new ones\n";
        }
    }

    private void RecoverPipes(int init, bool withInput)
    {
        if (withInput && TryOpenPipe(init, 0, O_WRONLY) is { } input)
        {
            _input.Open(input, isTerminal: false);
        }

        if (TryOpenPipe(init, 1, O_RDONLY) is { } output)
        {
            AddSource(new OutputSource(OutputStream.Stdout, output, null));
        }

        if (TryOpenPipe(init, 2, O_RDONLY) is { } errors)
        {
            AddSource(new OutputSource(OutputStream.Stderr, errors, null));
        }
    }

    /// <summary>The other end of a process's pipe; null if it has none there. It is the container's choice what is: nothing else is opened.</summary>
    private static Fd? TryOpenPipe(int process, int number, int flags)
    {
        if (Files.TryOpen(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd/{number}"), O_PATH, out var found) != Errno.None)
        {
            return null;
        }

        using (found)
        {
            return FileSystemStatus.Of(found!).Magic == FileSystemStatus.PIPEFS_MAGIC && Files.TryOpen(found!.ProcPath, flags | O_NONBLOCK, out var pipe) == Errno.None ? pipe : null;
        }
    }
}
