using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.References;
using MyDocker.Images.Registry;

namespace MyDocker.Cli.Commands.Registry;

internal static class LogoutCommand
{
    public static Verb Verb => new()
    {
        Name = "logout",
        Area = "Images",
        Usage = "[REGISTRY]",
        Summary = "Forget the login at a registry",
        NeedsRoot = false,
        MostArguments = 1,
        Run = Run,
    };

    /// <summary>"docker.io" where none is given; a URL is taken for its host.</summary>
    internal static string RegistryOf(CommandLine line)
    {
        var text = line.Arguments.Count == 0 ? ImageReference.DefaultDomain : line.Arguments[0];
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        text = (scheme < 0 ? text : text[(scheme + 3)..]).Split('/')[0];
        return text is "index.docker.io" or "registry-1.docker.io" or "hub.docker.com" ? ImageReference.DefaultDomain : text;
    }

    private static int Run(Invocation invocation)
    {
        var registry = RegistryOf(invocation.Line);
        Out.Line(new RegistryImages(invocation.Global.Roots.Data).Logout(registry) ? $"Removing login credentials for {registry}" : $"Not logged in to {registry}");
        return 0;
    }
}
