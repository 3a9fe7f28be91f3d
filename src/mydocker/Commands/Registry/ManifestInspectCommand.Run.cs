using System.Text;
using System.Text.Json.Nodes;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.References;
using MyDocker.Images.Registry;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class ManifestInspectCommand
{
    private static partial int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var bytes = new RegistryImages(invocation.Global.Roots.Data).Manifest(ImageReference.Parse(line.Arguments[0]), Out.Error);
        Out.Write(line.Has(s_raw) ? Encoding.UTF8.GetString(bytes) : JsonText.Of(JsonNode.Parse(bytes)!) + "\n");
        return 0;
    }
}
