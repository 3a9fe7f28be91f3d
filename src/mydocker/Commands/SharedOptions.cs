using System.Globalization;
using MyDocker.Cli.Grammar;
using MyDocker.Engine.Attach;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

/// <summary>Options that several verbs have.</summary>
internal static class SharedOptions
{
    public static readonly OptionSpec HelpOnly = new("help", '\0', null, "", "Print this help and quit");
    public static readonly OptionSpec Explain = new("explain", '\0', null, "Help", "Print the steps that would be taken, and take none");
    public static readonly OptionSpec Timing = new("timing", '\0', null, "Help", "Print at the end how long each phase of the start took, in µs");
    public static readonly OptionSpec Quiet = new("quiet", 'q', null, "", "Print ids only");
    public static readonly OptionSpec NoTrunc = new("no-trunc", '\0', null, "", "Print whole ids and commands");
    public static readonly OptionSpec Platform = new("platform", '\0', "OS/ARCH", "", "An image for another platform: linux/arm64, linux/arm/v7") { Default = "this host's" };
    public static readonly OptionSpec Filter = new("filter", 'f', "KEY=VALUE", "", "Only those for which this holds") { Repeats = true };
    public static readonly OptionSpec Format = new("format", '\0', "TEMPLATE", "", "Print by a Go template, as JSON (json), or in columns (table TEMPLATE)");
    public static readonly OptionSpec Trust = new("disable-content-trust", '\0', null, "", "Taken for docker's sake: its content trust is not known here, digests are always verified") { Default = "true" };
    public static readonly OptionSpec StopTime = new("timeout", 't', "SECONDS", "", "Wait so long before it is killed; -1 for ever") { Default = "10", Alias = "time" };
    public static readonly OptionSpec StopSignal = new("signal", 's', "SIGNAL", "", "Signal that asks it to stop") { Default = "the container's" };
    public static readonly OptionSpec DetachKeys = new("detach-keys", '\0', "KEYS", "", "Keys that leave the container without ending it") { Default = "ctrl-p,ctrl-q" };
    public static readonly OptionSpec Since = new("since", '\0', "TIME", "", "From then on: how long ago (10m), a date, or Unix time");
    public static readonly OptionSpec Until = new("until", '\0', "TIME", "", "Up to then");

    /// <summary>Checked; "" for no keys.</summary>
    public static string ParseKeys(string option, string text)
        => text.Length == 0 || Engine.Attach.DetachKeys.TryParse(text, out var problem) is not null ? text : throw new OptionException(option, text, problem!);

    public static int ParseSeconds(string option, string text)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) && seconds is >= -1 and <= 1_000_000
            ? seconds
            : throw new OptionException(option, text, "must be a number of seconds, or -1 for ever");

    public static int ParseCount(string option, string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : throw new OptionException(option, text, "must be a number");
}
