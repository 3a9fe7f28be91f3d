using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>Signals by name or number (signal(7)); the numbers are those of x86-64 and arm64.</summary>
public static class SignalOption
{
    private const int FirstRealTime = 34; // 32 and 33 are glibc's own
    private const int LastRealTime = 64;

    private static readonly string[] s_names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT",
        "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>Checks a signal and gives it the form "SIGTERM" (numbers without a name stay numbers).</summary>
    public static string Parse(string option, string text)
        => NumberOf(text) is var number && number > 0
            ? NameOf(number)
            : throw new OptionException(option, text, "no such signal; use a name such as TERM or SIGTERM, or a number from 1 to 64");

    /// <summary>Number of "SIGTERM", "term", "15", "RTMIN+3", "RTMAX-1"; 0 for what is none.</summary>
    public static int NumberOf(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number is >= 1 and <= LastRealTime ? number : 0;
        }

        var name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        var index = Array.IndexOf(s_names, name);
        return index >= 0 ? index + 1
            : name switch
            {
                "IOT" => 6,
                "CLD" => 17,
                "POLL" => 29,
                "RTMIN" => FirstRealTime,
                "RTMAX" => LastRealTime,
                _ => RealTime(name),
            };
    }

    public static string NameOf(int number) => number switch
    {
        >= 1 and <= 31 => "SIG" + s_names[number - 1],
        FirstRealTime => "SIGRTMIN",
        > FirstRealTime and <= LastRealTime => $"SIGRTMIN+{number - FirstRealTime}",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    private static int RealTime(string name)
    {
        const int Prefix = 5;
        var isMin = name.StartsWith("RTMIN+", StringComparison.Ordinal);
        if ((!isMin && !name.StartsWith("RTMAX-", StringComparison.Ordinal))
            || !int.TryParse(name.AsSpan(Prefix + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) || offset > LastRealTime - FirstRealTime)
        {
            return 0;
        }

        return isMin ? FirstRealTime + offset : LastRealTime - offset;
    }
}
