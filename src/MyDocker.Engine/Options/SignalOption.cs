using MyDocker.Kernel.Processes;

namespace MyDocker.Engine.Options;

public static class SignalOption
{
    /// <summary>Checks a signal and gives it the form "SIGTERM" or "SIGRTMIN+3".</summary>
    public static string Parse(string option, string text)
        => Signals.TryParse(text, out var number)
            ? number is 32 or 33 ? $"{number}" : Signals.NameOf(number)
            : throw new OptionException(option, text, "no such signal; use a name such as TERM or SIGTERM, or a number from 1 to 64");
}
