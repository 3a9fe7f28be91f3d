using MyDocker.Cli.Grammar;
using MyDocker.Engine.Containers;

namespace MyDocker.Cli.Commands.Registry;

/// <summary>What mydocker itself does with the commands of this folder: mydocker-registry gets the same words.</summary>
internal static class Elsewhere
{
    public static int Run() => RegistryProgram.Run(Environment.GetCommandLineArgs()[1..]);
}

internal static partial class PullCommand
{
    private static partial int Run(Invocation invocation) => Elsewhere.Run();
}
