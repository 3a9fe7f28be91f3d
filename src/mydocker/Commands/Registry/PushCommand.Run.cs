using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands.Registry;

internal static partial class PushCommand
{
    private static partial int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var images = new RegistryImages(invocation.Global.Roots.Data);
        var name = ImageReference.Parse(line.Arguments[0]);
        var names = line.Has(s_all) ? images.LocalTags(name) : [name];
        if (names.Count == 0)
        {
            throw new ImageException($"push {name.FamiliarRepository}: there is no image of this name here");
        }

        var store = new ImageStore(invocation.Global.Roots.Data);
        foreach (var one in names)
        {
            if (line.Value(SharedOptions.Platform) is not null)
            {
                OnePlatform.Check(line, store.Inspect(one.Familiar));
            }

            Push(images, one, line.Has(s_quiet));
        }

        return 0;
    }

    private static void Push(RegistryImages images, ImageReference name, bool quiet)
    {
        if (quiet)
        {
            Out.Line(images.Push(name, log: Out.Error).Name.Canonical);
            return;
        }

        Out.Line($"The push refers to repository [{name.Domain}/{name.Path}]");
        var pushed = TransferProgress.Show((progress, log) => images.Push(name, progress, log));
        Out.Line($"{name.Tag}: digest: {pushed.Digest} size: {pushed.Size}");
    }
}
