using MyDocker.Cli.Grammar;
using MyDocker.Images.References;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

internal static class TagCommand
{
    public static Verb Verb => new()
    {
        Name = "tag",
        Aliases = ["image tag"],
        Area = "Images",
        Usage = "IMAGE NAME[:TAG]",
        Summary = "Give an image one more name",
        LeastArguments = 2,
        MostArguments = 2,
        Examples = [("mydocker tag web registry.example:5000/team/web:1.2", "so that it can be pushed there")],
        Run = invocation =>
        {
            new ImageStore(invocation.Global.Roots.Data).Tag(invocation.Line.Arguments[0], ImageReference.Parse(invocation.Line.Arguments[1]));
            return 0;
        },
    };
}
