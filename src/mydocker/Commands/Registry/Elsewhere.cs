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

internal static partial class PushCommand
{
    private static partial int Run(Invocation invocation) => Elsewhere.Run();
}

internal static partial class LoginCommand
{
    private static partial int Run(Invocation invocation) => Elsewhere.Run();
}

internal static partial class LogoutCommand
{
    private static partial int Run(Invocation invocation) => Elsewhere.Run();
}

internal static partial class SearchCommand
{
    private static partial int Run(Invocation invocation) => Elsewhere.Run();
}

internal static partial class ImportUrl
{
    public static partial int Run(Invocation invocation, Images.References.ImageReference? name, Images.Store.ImportSettings settings) => Elsewhere.Run();
}

internal static partial class ManifestInspectCommand
{
    private static partial int Run(Invocation invocation) => Elsewhere.Run();
}
