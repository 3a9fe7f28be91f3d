using System.Runtime.InteropServices;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Commands;

internal static class VersionCommand
{
    private static string Commit => BuildInfo.Commit.Length == 0 ? "unknown" : BuildInfo.Commit;

    public static string OneLine => $"mydocker version {BuildInfo.Version}, build {Commit}";

    public static Verb Verb => new()
    {
        Name = "version",
        Area = "This program",
        Usage = "",
        Summary = "Print the version of mydocker and of what it runs on",
        NeedsRoot = false,
        MostArguments = 0,
        Run = _ =>
        {
            var kernel = Files.TryReadText("/proc/sys/kernel/osrelease", out var _)?.Trim() ?? "unknown";
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

    private static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";
}
