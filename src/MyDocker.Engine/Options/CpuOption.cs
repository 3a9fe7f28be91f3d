using System.Globalization;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Options;

/// <summary>CPU periods and quotas (µs), shares of CPUs, and lists of CPUs. The bounds are the kernel's (CFS bandwidth control).</summary>
public static class CpuOption
{
    public const ulong ShortestPeriod = 1000;
    public const ulong LongestPeriod = 1_000_000;
    public const long LeastQuota = 1000;

    /// <summary>The period that --cpus is counted in, as docker does; the kernel's default.</summary>
    public const ulong DefaultPeriod = 100_000;

    /// <summary>-c: 1000 to 1000000 µs.</summary>
    public static ulong ParsePeriod(string option, string text)
        => !TryNumber(text, out var period)
            ? throw new OptionException(option, text, $"not a whole number; use microseconds from {ShortestPeriod} to {LongestPeriod}, such as 100000")
            : period >= (long)ShortestPeriod && period <= (long)LongestPeriod
                ? (ulong)period
                : throw new OptionException(option, text, $"must be from {ShortestPeriod} to {LongestPeriod} microseconds");

    /// <summary>-q: 1000 µs or more.</summary>
    public static long ParseQuota(string option, string text)
        => !TryNumber(text, out var quota)
            ? throw new OptionException(option, text, $"not a whole number; use microseconds of CPU time in each period, at least {LeastQuota}")
            : quota >= LeastQuota
                ? quota
                : throw new OptionException(option, text, $"must be at least {LeastQuota} microseconds of CPU time in each period");

    /// <summary>--cpus: "1.5" CPUs as a quota (µs) in each <see cref="DefaultPeriod"/>.</summary>
    public static long ParseCpus(string option, string text)
    {
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var cpus))
        {
            throw new OptionException(option, text, "not a number of CPUs; use a number such as 0.5 or 2");
        }

        return cpus >= 0.01m && cpus <= 1_000_000m
            ? (long)(cpus * DefaultPeriod)
            : throw new OptionException(option, text, "must be from 0.01 to 1000000 CPUs");
    }

    /// <summary>--cpuset-cpus: "0-2,4" (cpuset(7), list format), each of them a CPU that this host has online.</summary>
    public static string ParseSet(string option, string text) => ParseSet(option, text, "CPU", "/sys/devices/system/cpu/online");

    /// <summary>--cpuset-mems: the same of memory nodes.</summary>
    public static string ParseNodes(string option, string text) => ParseSet(option, text, "memory node", "/sys/devices/system/node/online");

    private static string ParseSet(string option, string text, string what, string file)
    {
        const string Grammar = "use numbers and ranges such as 0-2,4";
        var online = Files.TryReadText(file, out _)?.Trim();
        foreach (var part in text.Split(','))
        {
            var dash = part.IndexOf('-');
            if (!TryNumber(dash < 0 ? part : part[..dash], out var first) || !TryNumber(dash < 0 ? part : part[(dash + 1)..], out var last))
            {
                throw new OptionException(option, text, $"not a list of {what}s; {Grammar}");
            }

            if (first > last)
            {
                throw new OptionException(option, text, $"the range {part} goes backwards; {Grammar}");
            }

            if (online is not null && !IsWithin(online, first, last))
            {
                throw new OptionException(option, text, $"this host has no {what} {part}; it has {online}");
            }
        }

        return text;
    }

    /// <summary>Whether every CPU of a range is in a list that the kernel wrote.</summary>
    private static bool IsWithin(string list, long first, long last)
    {
        foreach (var part in list.Split(','))
        {
            var dash = part.IndexOf('-');
            if (!TryNumber(dash < 0 ? part : part[..dash], out var from) || !TryNumber(dash < 0 ? part : part[(dash + 1)..], out var to))
            {
                return true; // a form that we do not know: the kernel shall judge
            }

            if (first >= from && first <= to)
            {
                if (last <= to)
                {
                    return true;
                }

                first = to + 1;
            }
        }

        return false;
    }

    private static bool TryNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
