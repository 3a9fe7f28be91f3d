using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class PauseCommand
{
    public static Verb Verb => new()
    {
        Name = "pause",
        Aliases = ["container pause"],
        Area = "Containers",
        Usage = "CONTAINER [CONTAINER...]",
        Summary = "Freeze all processes of containers",
        LeastArguments = 1,
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        return Several.Each(line.Arguments, name =>
        {
            ContainerPause.Pause(roots, name);
            Out.Line(Out.Printable(name));
        });
    }
}
