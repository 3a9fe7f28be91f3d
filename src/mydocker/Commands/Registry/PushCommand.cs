using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Images.Store;
using MyDocker.Images;

namespace MyDocker.Cli.Commands.Registry;

internal static class PushCommand
{
    private static readonly OptionSpec s_all = new("all-tags", 'a', null, "", "All tags that the repository has here");
    private static readonly OptionSpec s_quiet = new("quiet", 'q', null, "", "Print the image's name only");

    public static Verb Verb => new()
    {
        Name = "push",
        Aliases = ["image push"],
        Area = "Images",
        Usage = "[OPTIONS] NAME[:TAG]",
        Summary = "Send an image to a registry",
        Details = """
            The host in the name says where to: 'mydocker tag IMAGE HOST[:PORT]/PATH:TAG' gives it one.
            Log in with 'mydocker login'.
            """,
        Options = [s_all, SharedOptions.Trust, SharedOptions.Platform, s_quiet],
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker push registry.example:5000/team/web:1.2", "layers that the registry has are not sent again")],
        Run = Run,
    };

    private static int Run(Invocation invocation)
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
