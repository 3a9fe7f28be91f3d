using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class UnpauseCommand
{
    public static Verb Verb => new()
    {
        Name = "unpause",
        Aliases = ["container unpause"],
        Area = "Containers",
        Usage = "CONTAINER [CONTAINER...]",
        Summary = "Let paused containers go on",
        Details = """
            A container that waits at its memory limit (run -k) goes on when the limit is raised: mydocker update -m.
            """,
        LeastArguments = 1,
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        return Several.Each(line.Arguments, name =>
        {
            ContainerPause.Unpause(roots, name);
            Out.Line(Out.Printable(name));
        });
    }
}
