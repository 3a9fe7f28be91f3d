using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Terminals;

/// <summary>Terminals and pseudo-terminals by ioctl_tty(2).</summary>
public static unsafe class Terminal
{
    public const int TCGETS = 0x5401;
    public const int TCSETS = 0x5402;
    public const int TIOCSCTTY = 0x540E;
    public const int TIOCGWINSZ = 0x5413;
    public const int TIOCSWINSZ = 0x5414;
    public const int TIOCSPTLCK = 0x40045431;
    public const int TIOCGPTN = unchecked((int)0x80045430);
    public const int TIOCGPTPEER = 0x5441;

    public static bool IsTerminal(int descriptor) => TryGetModes(descriptor, out _) == Errno.None;

    /// <summary>ENOTTY: no terminal; EIO: it has hung up.</summary>
    public static Errno TryGetModes(int descriptor, out Termios modes)
    {
        fixed (Termios* buffer = &modes)
        {
            return Syscall.ErrnoOf(Syscall.Invoke(Nr.ioctl, descriptor, TCGETS, (nint)buffer));
        }
    }

    /// <summary>
    /// Sets the modes at once (TCSETS): waiting for output to drain would hang on a terminal that nobody reads. From a
    /// background process group SIGTTOU is sent unless it is blocked.
    /// </summary>
    public static Errno TrySetModes(int descriptor, in Termios modes)
    {
        fixed (Termios* buffer = &modes)
        {
            return Syscall.ErrnoOf(Syscall.Retry(Nr.ioctl, descriptor, TCSETS, (nint)buffer));
        }
    }

    public static Errno TryGetSize(int descriptor, out WindowSize size)
    {
        fixed (WindowSize* buffer = &size)
        {
            return Syscall.ErrnoOf(Syscall.Invoke(Nr.ioctl, descriptor, TIOCGWINSZ, (nint)buffer));
        }
    }

    /// <summary>Sets the size; the kernel sends SIGWINCH to the foreground process group if it changed.</summary>
    public static Errno TrySetSize(int descriptor, WindowSize size)
        => Syscall.ErrnoOf(Syscall.Invoke(Nr.ioctl, descriptor, TIOCSWINSZ, (nint)(&size)));

    /// <summary>Opens a new pseudo-terminal of a devpts instance, unlocked; close-on-exec.</summary>
    /// <param name="multiplexer">path of its ptmx.</param>
    public static Fd OpenMaster(string multiplexer = "/dev/ptmx")
    {
        var master = Files.Open(multiplexer, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        var unlocked = 0;
        Syscall.Check(Syscall.Invoke(Nr.ioctl, master.Number, TIOCSPTLCK, (nint)(&unlocked)), "unlock", multiplexer);
        return master;
    }

    /// <summary>
    /// Opens the other side of a pseudo-terminal without a path, which a container could have swapped (TIOCGPTPEER,
    /// Linux 4.13; CVE-2025-52565). It does not become our controlling terminal.
    /// </summary>
    public static Errno TryOpenPeer(Fd master, out Fd? peer)
    {
        var result = Syscall.Invoke(Nr.ioctl, master.Number, TIOCGPTPEER, OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC);
        peer = result < 0 ? null : new Fd((int)result);
        return Syscall.ErrnoOf(result);
    }
}
