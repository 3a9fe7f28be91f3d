using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Engine.Attach;

/// <summary>The terminal of whoever runs the command: made raw, and put back.</summary>
internal sealed class CallerTerminal
{
    private readonly Termios _original;

    private CallerTerminal(int descriptor, in Termios original)
    {
        Descriptor = descriptor;
        _original = original;
    }

    public int Descriptor { get; }

    public bool IsRaw { get; private set; }

    public Termios Original => _original;

    /// <summary>Null if the descriptor is no terminal.</summary>
    public static CallerTerminal? TryOpen(int descriptor)
        => Terminal.TryGetModes(descriptor, out var modes) == Errno.None ? new CallerTerminal(descriptor, modes) : null;

    public void EnterRaw() => IsRaw = Terminal.TrySetModes(Descriptor, _original.ToRaw()) == Errno.None;

    /// <summary>Puts the modes back, also from the background: SIGTTOU, which would stop us, is blocked meanwhile.</summary>
    public void Restore()
    {
        if (!IsRaw)
        {
            return;
        }

        var mask = Signals.Block(SignalSet.Of(Signals.SIGTTOU));
        Terminal.TrySetModes(Descriptor, _original);
        Signals.SetMask(mask);
        IsRaw = false;
    }
}
