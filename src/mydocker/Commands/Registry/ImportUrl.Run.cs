using MyDocker.Cli.Grammar;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class ImportUrl
{
    public static partial int Run(Invocation invocation, ImageReference? name, ImportSettings settings)
    {
        var url = invocation.Line.Arguments[0];
        using var download = new ArchiveDownload(url);
        return ImportCommand.Print(invocation.Line, new ImageStore(invocation.Global.Roots.Data).Import(download.Content, url, name, settings: settings));
    }
}
