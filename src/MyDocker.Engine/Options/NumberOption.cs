using System.Globalization;

namespace MyDocker.Engine.Options;

/// <summary>Plain numbers with the kernel's bounds.</summary>
public static class NumberOption
{
    /// <summary>--oom-score-adj, proc_pid_oom_score_adj(5).</summary>
    public static int ParseOomScore(string option, string text) => (int)Parse(option, text, -1000, 1000);

    /// <summary>--memory-swappiness.</summary>
    public static ulong ParseSwappiness(string option, string text) => (ulong)Parse(option, text, 0, 100);

    /// <summary>--cpu-shares: relative weight, 1024 for one that says nothing.</summary>
    public static ulong ParseShares(string option, string text) => (ulong)Parse(option, text, 2, 262144);

    /// <summary>--cpu-rt-period, --cpu-rt-runtime: µs.</summary>
    public static long ParseMicroseconds(string option, string text) => Parse(option, text, 0, 1_000_000_000);

    private static long Parse(string option, string text, long least, long most)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new OptionException(option, text, $"must be a number from {least} to {most}");
}
