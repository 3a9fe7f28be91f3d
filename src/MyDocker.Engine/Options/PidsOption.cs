using System.Globalization;

namespace MyDocker.Engine.Options;

public static class PidsOption
{
    /// <summary>--pids-limit: how many processes and threads at most; 0 and -1 are unlimited (-1), as docker has it.</summary>
    public static long Parse(string option, string text)
        => !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit) || limit < -1
            ? throw new OptionException(option, text, "not a number of processes; use 1 or more, or -1 for no limit")
            : limit == 0 ? -1 : limit;
}
