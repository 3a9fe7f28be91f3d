using System.Globalization;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// sd_notify(3) for a command in a container: $NOTIFY_SOCKET of the runtime is systemd's, which cannot be reached from inside and
/// would not believe a stranger. The container gets a socket of its own; once the command says READY=1 there, the runtime says
/// so, and names the container's process as the service's main one.
/// </summary>
internal sealed class NotifyProxy : IDisposable
{
    private const string Variable = "NOTIFY_SOCKET";
    private const string Directory = "notify";
    private const string Socket = "notify";

    private readonly Fd _socket;
    private readonly string _host;

    private NotifyProxy(Fd socket, string host) => (_socket, _host) = (socket, host);

    /// <summary>Readable when the command has said something.</summary>
    public Fd Fd => _socket;

    /// <summary>systemd's socket, if this process was given one.</summary>
    public static string? Host => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } host ? host : null;

    /// <summary>The bundle with the socket's directory mounted, at the path that the variable names, as with crun.</summary>
    public static Bundle AddTo(Bundle bundle, ContainerDirectory directory, string host)
    {
        var inside = host.StartsWith('/') ? host : "/run/notify";
        var spec = bundle.Spec;
        return bundle with
        {
            Spec = spec with
            {
                Mounts = [.. spec.Mounts ?? [], new MountSpec { Destination = inside, Type = "bind", Source = $"{directory.Path}/{Directory}", Options = ["bind", "nosuid", "noexec", "nodev", "ro"] }],
                Process = spec.Process is null ? null : spec.Process with { Env = [.. (spec.Process.Env ?? []).Where(entry => !entry.StartsWith(Variable + "=", StringComparison.Ordinal)), $"{Variable}={inside}/{Socket}"] },
            },
        };
    }

    /// <summary>Makes the directory that is mounted; the socket comes with the start.</summary>
    public static void MakeDirectory(ContainerDirectory directory)
    {
        const int Mode = 0x1ED;
        var errno = Files.TryMakeDirectory(Directory, Mode, directory.Directory);
        if (errno != Errno.None)
        {
            throw new KernelException("create directory", $"{directory.Path}/{Directory}", errno);
        }
    }

    public static NotifyProxy Bind(ContainerDirectory directory, string host)
        => new(DatagramSockets.Bind($"{directory.Path}/{Directory}/{Socket}"), host);

    /// <summary>Waits until the command is ready, or has ended.</summary>
    public unsafe void WaitUntilReady(int pid, Fd process)
    {
        var polls = stackalloc PollFd[2];
        while (true)
        {
            polls[0] = new PollFd { Descriptor = _socket.Number, Events = PollFd.POLLIN };
            polls[1] = new PollFd { Descriptor = process.Number, Events = PollFd.POLLIN };
            Descriptors.Poll(polls, 2, -1);
            if ((polls[0].Returned != 0 && Take(pid)) || polls[1].Returned != 0)
            {
                return;
            }
        }
    }

    /// <summary>Takes what was said. True: the command is ready, and systemd knows.</summary>
    public bool Take(int pid)
    {
        while (DatagramSockets.TryReceive(_socket) is { } message)
        {
            if (message.Split('\n').Any(line => line.StartsWith("READY=", StringComparison.Ordinal)))
            {
                Tell(pid);
                return true;
            }
        }

        return false;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>
    /// systemd reads messages later, and looks up then who sent them: the barrier waits until it has, as this process may end
    /// (sd_notify_barrier(3)).
    /// </summary>
    private void Tell(int pid)
    {
        try
        {
            using var host = DatagramSockets.Connect(_host);
            Send(host, "READY=1\n");
            Send(host, string.Create(CultureInfo.InvariantCulture, $"MAINPID={pid}\n"));
            var (read, write) = Descriptors.Pipe();
            using (read)
            {
                using (write)
                {
                    Send(host, "BARRIER=1", write);
                }

                WaitForBarrier(read);
            }
        }
        catch (KernelException e)
        {
            RuntimeLog.Warn($"tell {_host} that the container is ready: {e.Message}");
        }
    }

    private void Send(Fd host, string text, Fd? descriptor = null)
    {
        var errno = DatagramSockets.TrySend(host, text, descriptor);
        if (errno != Errno.None)
        {
            throw new KernelException("send to", _host, errno);
        }
    }

    private unsafe void WaitForBarrier(Fd pipe)
    {
        const int Patience = 30_000;
        var poll = new PollFd { Descriptor = pipe.Number, Events = PollFd.POLLIN };
        if (Descriptors.Poll(&poll, 1, Patience) == 0)
        {
            RuntimeLog.Warn($"{_host} has not acknowledged within {Patience / 1000} s that the container is ready");
        }
    }
}
