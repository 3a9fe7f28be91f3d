using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Registry;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class LogoutCommand
{
    private static partial int Run(Invocation invocation)
    {
        var registry = RegistryOf(invocation.Line);
        Out.Line(new RegistryImages(invocation.Global.Roots.Data).Logout(registry) ? $"Removing login credentials for {registry}" : $"Not logged in to {registry}");
        return 0;
    }
}
