using System.Runtime.InteropServices;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Cli.Templates;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands;

internal static class VersionCommand
{
    private static string Commit => BuildInfo.Commit.Length == 0 ? "unknown" : BuildInfo.Commit;

    public static string OneLine => $"mydocker version {BuildInfo.Version}, build {Commit}";

    private static readonly OptionSpec s_format = new("format", 'f', "TEMPLATE", "", "Print by a Go template, such as '{{.Client.Version}}', or as JSON (json)");

    public static Verb Verb => new()
    {
        Name = "version",
        Area = "This program",
        Usage = "",
        Summary = "Print the version of mydocker and of what it runs on",
        NeedsRoot = false,
        Options = [s_format],
        MostArguments = 0,
        Run = invocation =>
        {
            var kernel = Files.TryReadText("/proc/sys/kernel/osrelease", out var _)?.Trim() ?? "unknown";
            if (invocation.Line.Value(s_format) is { } format)
            {
                var document = DocumentOf(kernel);
                Out.Line(format == "json" ? DocumentText.Of(document) : new GoTemplate(format).Fill(document));
                return 0;
            }

            Out.Write($"""
                mydocker:
                 Version:   {BuildInfo.Version}
                 Commit:    {Commit}
                 .NET:      {Environment.Version}
                 OS/Arch:   linux/{Architecture}
                 Kernel:    {kernel}

                """);
            return 0;
        },
    };

    /// <summary>docker's shape. There is no server: who asks for its version hears of this program.</summary>
    private static Document DocumentOf(string kernel)
    {
        Document Part() => new()
        {
            ["Version"] = BuildInfo.Version,
            ["GitCommit"] = BuildInfo.Commit,
            ["Os"] = "linux",
            ["Arch"] = Architecture,
            ["KernelVersion"] = kernel,
        };
        return new Document { ["Client"] = Part(), ["Server"] = Part() };
    }

    private static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
}
