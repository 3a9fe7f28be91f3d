using MyDocker.Engine.Commands;
using MyDocker.Engine.Monitor;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;

namespace MyDocker.Engine.Attach;

/// <summary>
/// Standard streams of a command that this process has put into a container. They are pipes or a terminal of the container's
/// own, never the caller's: who has the caller's terminal open can type on it (TIOCSTI).
/// </summary>
internal sealed unsafe class ExecStreams : IDisposable
{
    private readonly ExecOptions _options;
    private readonly ContainerEnds? _ends;
    private readonly Fd? _nothing;
    private readonly ExecChannel?[] _channels = new ExecChannel?[3];

    /// <param name="uid">host's number of the command's user, who may open /dev/stdout again.</param>
    public ExecStreams(ExecOptions options, uint uid, uint gid)
    {
        _options = options;
        if (options.Terminal)
        {
            Given = new ProcessStdio.Terminal(Size.Rows, Size.Columns);
            return;
        }

        _nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        if (options.Detach)
        {
            Given = new ProcessStdio.Given(_nothing, _nothing, _nothing);
            return;
        }

        Fd? input = null;
        if (options.Interactive)
        {
            (input, var ours) = Descriptors.Pipe();
            _channels[0] = ExecChannel.ToContainer(0, ours);
        }

        var (output, error) = (Descriptors.Pipe(), Descriptors.Pipe());
        _channels[1] = ExecChannel.FromContainer(output.Read, 1);
        _channels[2] = ExecChannel.FromContainer(error.Read, 2);
        _ends = new ContainerEnds(input, output.Write, error.Write);
        _ends.ChangeOwner(uid, gid);
        Given = new ProcessStdio.Given(input ?? _nothing, output.Write, error.Write);
    }

    /// <summary>What the command gets.</summary>
    public ProcessStdio Given { get; }

    private static WindowSize Size => Terminal.TryGetSize(0, out var size) == Errno.None || Terminal.TryGetSize(1, out size) == Errno.None ? size : default;

    /// <summary>Carries streams and signals until the command has ended. Returns its exit code; null: the detach keys were typed, and it goes on.</summary>
    public int? Carry(LaunchedContainer command)
    {
        var handled = AttachClient.HandledSignals(new AttachOptions { Terminal = _options.Terminal });
        Signals.Block(handled.With(Signals.SIGPIPE));
        using var signals = new SignalFd(handled);
        var caller = _options is { Terminal: true, Interactive: true } ? CallerTerminal.TryOpen(0) : null;
        _ends?.Dispose();
        if (command.Terminal is { } master)
        {
            Descriptors.SetNonBlocking(master);
            _channels[0] = _options.Interactive ? ExecChannel.ToContainer(0, master, isTerminal: true, caller is null ? null : MonitorSession.KeysOf(_options.DetachKeys)) : null;
            _channels[1] = ExecChannel.FromContainer(master, 1);
            caller?.EnterRaw();
        }

        try
        {
            return Loop(command, signals);
        }
        finally
        {
            caller?.Restore();
        }
    }

    public void Dispose()
    {
        _ends?.Dispose();
        _nothing?.Dispose();
        foreach (var channel in _channels)
        {
            channel?.Dispose();
        }
    }

    private int? Loop(LaunchedContainer command, SignalFd signals)
    {
        var slots = stackalloc PollFd[8];
        var process = new PidFd(command.PidFd);
        while (true)
        {
            slots[0] = new PollFd { Descriptor = signals.Fd.Number, Events = PollFd.POLLIN };
            slots[1] = new PollFd { Descriptor = command.PidFd.Number, Events = PollFd.POLLIN };
            for (var i = 0; i < 3; i++)
            {
                (slots[2 + (2 * i)], slots[3 + (2 * i)]) = _channels[i]?.Slots ?? (ExecChannel.NoSlot, ExecChannel.NoSlot);
            }

            if (Descriptors.Poll(slots, 8, -1) == 0)
            {
                continue;
            }

            for (var i = 0; i < 3; i++)
            {
                if (slots[2 + (2 * i)].Returned != 0 || slots[3 + (2 * i)].Returned != 0)
                {
                    _channels[i]!.Move();
                }
            }

            if (_channels[0] is { IsDetached: true })
            {
                MonitorProcess.KeepTerminal(command.Terminal!);
                return null;
            }

            if (slots[0].Returned != 0)
            {
                Forward(signals, process, command.Terminal);
            }

            if (slots[1].Returned != 0 && process.TryWait() is { } exit)
            {
                _channels[1]?.Finish();
                _channels[2]?.Finish();
                return exit.ShellCode;
            }
        }
    }

    private static void Forward(SignalFd signals, PidFd process, Fd? terminal)
    {
        while (signals.TryRead(out var info))
        {
            switch (info.Signal)
            {
                case Signals.SIGWINCH when terminal is not null:
                    Terminal.TrySetSize(terminal.Number, Size);
                    break;
                case Signals.SIGTSTP:
                    break; // on a raw terminal it comes from elsewhere; the command is not to stand still without us
                default:
                    process.TrySend(info.Signal);
                    break;
            }
        }
    }
}
