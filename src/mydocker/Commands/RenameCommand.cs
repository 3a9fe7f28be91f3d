using MyDocker.Cli.Grammar;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class RenameCommand
{
    public static Verb Verb => new()
    {
        Name = "rename",
        Aliases = ["container rename"],
        Area = "Containers",
        Usage = "CONTAINER NEW-NAME",
        Summary = "Give a container another name",
        LeastArguments = 2,
        MostArguments = 2,
    };

    public static int Run(Invocation invocation)
    {
        ContainerRename.Run(invocation.Global.Roots, invocation.Line.Arguments[0], invocation.Line.Arguments[1]);
        return 0;
    }
}
