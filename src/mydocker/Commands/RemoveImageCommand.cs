using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Containers;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

internal static class RemoveImageCommand
{
    private static readonly OptionSpec s_force = new("force", 'f', null, "", "Remove by id even an image with several names");

    private static readonly OptionSpec s_noPrune = new("no-prune", '\0', null, "", "Leave the layers on disk; 'mydocker image prune' removes them later");

    public static Verb Verb => new()
    {
        Name = "rmi",
        Aliases = ["image rm"],
        Area = "Images",
        Usage = "[OPTIONS] IMAGE [IMAGE...]",
        Summary = "Remove images",
        Details = "Files that a container still uses stay until it is removed.",
        Options = [s_force, s_noPrune, SharedOptions.Platform],
        LeastArguments = 1,
        Examples = [("mydocker rmi centos:7", "take the name away, and with its last name the image")],
        Run = invocation =>
        {
            var roots = invocation.Global.Roots;
            var force = invocation.Line.Has(s_force);
            var store = new ImageStore(roots.Data);
            OnePlatform.Check(invocation.Line, store);
            return Several.Each(invocation.Line.Arguments, name =>
            {
                var result = store.Remove(name, () => LayersInUse.Read(roots), force, sweep: !invocation.Line.Has(s_noPrune));
                Out.Write(string.Concat(result.Untagged.Select(n => $"Untagged: {n}\n").Concat(result.Deleted.Select(d => $"Deleted: {d}\n"))));
            });
        },
    };
}
