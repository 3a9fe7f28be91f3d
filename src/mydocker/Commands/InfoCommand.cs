using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Info;

namespace MyDocker.Cli.Commands;

internal static class InfoCommand
{
    private static readonly OptionSpec s_format = new("format", 'f', "json", "", "Print JSON instead of text");

    public static Verb Verb => new()
    {
        Name = "info",
        Area = "This program",
        Usage = "[OPTIONS]",
        Summary = "Tell what this host can do for containers, what is missing, and how to get it",
        Options = [s_format],
        NeedsRoot = false,
        MostArguments = 0,
        Run = invocation =>
        {
            var asJson = invocation.Line.Text(s_format, (option, text) => text == "json" ? text : throw new OptionException(option, text, "use json")) is not null;
            var report = HostInfo.Probe(invocation.Global.Roots, BuildInfo.Version);
            Out.Write(asJson ? report.ToJson() + "\n" : InfoText.Of(report));
            return 0;
        },
    };
}
