using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Commands;

/// <summary>Options that several verbs have.</summary>
internal static class SharedOptions
{
    public static readonly OptionSpec HelpOnly = new("help", '\0', null, "", "Print this help and quit");
    public static readonly OptionSpec Explain = new("explain", '\0', null, "Help", "Print the steps that would be taken, and take none");
    public static readonly OptionSpec Quiet = new("quiet", 'q', null, "", "Print ids only");
    public static readonly OptionSpec NoTrunc = new("no-trunc", '\0', null, "", "Print whole ids and commands");
    public static readonly OptionSpec Platform = new("platform", '\0', "OS/ARCH", "", "An image for another platform: linux/arm64, linux/arm/v7") { Default = "this host's" };
}
