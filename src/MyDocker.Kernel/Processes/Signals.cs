using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>A set of signals as the kernel keeps it: bit n-1 stands for signal n (1–64).</summary>
public readonly record struct SignalSet(ulong Bits)
{
    public static SignalSet Empty => default;

    public static SignalSet Of(params ReadOnlySpan<int> signals)
    {
        var bits = 0UL;
        foreach (var signal in signals)
        {
            bits |= Bit(signal);
        }

        return new SignalSet(bits);
    }

    public bool Contains(int signal) => (Bits & Bit(signal)) != 0;

    public SignalSet With(int signal) => new(Bits | Bit(signal));

    public SignalSet Without(int signal) => new(Bits & ~Bit(signal));

    private static ulong Bit(int signal) => signal is >= 1 and <= 64 ? 1UL << (signal - 1) : 0;
}

/// <summary>Signal numbers (asm-generic/signal.h; the same on x86-64 and arm64), their names, and the signal mask.</summary>
public static unsafe class Signals
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGQUIT = 3;
    public const int SIGILL = 4;
    public const int SIGTRAP = 5;
    public const int SIGABRT = 6;
    public const int SIGBUS = 7;
    public const int SIGFPE = 8;
    public const int SIGKILL = 9;
    public const int SIGUSR1 = 10;
    public const int SIGSEGV = 11;
    public const int SIGUSR2 = 12;
    public const int SIGPIPE = 13;
    public const int SIGALRM = 14;
    public const int SIGTERM = 15;
    public const int SIGSTKFLT = 16;
    public const int SIGCHLD = 17;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;
    public const int SIGTSTP = 20;
    public const int SIGTTIN = 21;
    public const int SIGTTOU = 22;
    public const int SIGURG = 23;
    public const int SIGXCPU = 24;
    public const int SIGXFSZ = 25;
    public const int SIGVTALRM = 26;
    public const int SIGPROF = 27;
    public const int SIGWINCH = 28;
    public const int SIGIO = 29;
    public const int SIGPWR = 30;
    public const int SIGSYS = 31;

    /// <summary>First real-time signal for programs: the C library keeps 32 and 33 for itself.</summary>
    public const int SIGRTMIN = 34;
    public const int SIGRTMAX = 64;

    private const int SIG_BLOCK = 0;
    private const int SIG_SETMASK = 2;

    /// <summary>"SIGTERM", "SIGRTMIN+3"; "signal 99" for a number that is none.</summary>
    public static string NameOf(int signal) => signal switch
    {
        >= 1 and <= 31 => "SIG" + ShortName(signal),
        SIGRTMIN => "SIGRTMIN",
        > SIGRTMIN and <= SIGRTMIN + 15 => $"SIGRTMIN+{signal - SIGRTMIN}",
        SIGRTMAX => "SIGRTMAX",
        > SIGRTMIN and < SIGRTMAX => $"SIGRTMAX-{SIGRTMAX - signal}",
        _ => $"signal {signal}",
    };

    /// <summary>
    /// The number of a signal as docker users write it: "15", "TERM", "SIGTERM", "sigterm", "RTMIN+3", "RTMAX-1".
    /// False for anything that is not a signal of this kernel (1–64).
    /// </summary>
    public static bool TryParse(string text, out int signal)
    {
        var name = text.AsSpan().Trim();
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
        {
            return signal is >= 1 and <= SIGRTMAX;
        }

        if (name.StartsWith("SIG", StringComparison.OrdinalIgnoreCase))
        {
            name = name[3..];
        }

        if (name.StartsWith("RTM", StringComparison.OrdinalIgnoreCase))
        {
            return TryParseRealTime(name, out signal);
        }

        for (signal = 1; signal <= 31; signal++)
        {
            if (name.Equals(ShortName(signal), StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        signal = name switch
        {
            _ when name.Equals("IOT", StringComparison.OrdinalIgnoreCase) => SIGABRT,
            _ when name.Equals("POLL", StringComparison.OrdinalIgnoreCase) => SIGIO,
            _ when name.Equals("CLD", StringComparison.OrdinalIgnoreCase) => SIGCHLD,
            _ => 0,
        };
        return signal != 0;
    }

    /// <summary>
    /// Adds signals to the calling thread's mask, which is the process' where there is one thread: so in all executables that carry
    /// somebody's signals (docs/adr/0011). Returns the mask as it was.
    /// </summary>
    public static SignalSet Block(SignalSet set) => ChangeMask(SIG_BLOCK, set);

    /// <summary>Sets the calling thread's mask. Returns the mask as it was.</summary>
    public static SignalSet SetMask(SignalSet set) => ChangeMask(SIG_SETMASK, set);

    /// <summary>Sends a signal to a process by number; prefer <see cref="PidFd.TrySend"/>, which cannot hit another one.</summary>
    public static Errno TrySend(int pid, int signal) => Syscall.ErrnoOf(Syscall.Invoke(Nr.kill, pid, signal));

    private static SignalSet ChangeMask(int how, SignalSet set)
    {
        var bits = set.Bits;
        ulong old;
        Syscall.Check(Syscall.Invoke(Nr.rt_sigprocmask, how, (nint)(&bits), (nint)(&old), sizeof(ulong)), "set", "signal mask");
        return new SignalSet(old);
    }

    private static bool TryParseRealTime(ReadOnlySpan<char> name, out int signal)
    {
        signal = 0;
        var fromMin = name.StartsWith("RTMIN", StringComparison.OrdinalIgnoreCase);
        if (!fromMin && !name.StartsWith("RTMAX", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var offset = 0;
        var rest = name[5..];
        if (rest.Length > 0
            && (rest[0] != (fromMin ? '+' : '-')
                || !int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out offset)
                || offset > SIGRTMAX - SIGRTMIN))
        {
            return false;
        }

        signal = fromMin ? SIGRTMIN + offset : SIGRTMAX - offset;
        return true;
    }

    private static string ShortName(int signal) => signal switch
    {
        SIGHUP => "HUP",
        SIGINT => "INT",
        SIGQUIT => "QUIT",
        SIGILL => "ILL",
        SIGTRAP => "TRAP",
        SIGABRT => "ABRT",
        SIGBUS => "BUS",
        SIGFPE => "FPE",
        SIGKILL => "KILL",
        SIGUSR1 => "USR1",
        SIGSEGV => "SEGV",
        SIGUSR2 => "USR2",
        SIGPIPE => "PIPE",
        SIGALRM => "ALRM",
        SIGTERM => "TERM",
        SIGSTKFLT => "STKFLT",
        SIGCHLD => "CHLD",
        SIGCONT => "CONT",
        SIGSTOP => "STOP",
        SIGTSTP => "TSTP",
        SIGTTIN => "TTIN",
        SIGTTOU => "TTOU",
        SIGURG => "URG",
        SIGXCPU => "XCPU",
        SIGXFSZ => "XFSZ",
        SIGVTALRM => "VTALRM",
        SIGPROF => "PROF",
        SIGWINCH => "WINCH",
        SIGIO => "IO",
        SIGPWR => "PWR",
        _ => "SYS",
    };
}
