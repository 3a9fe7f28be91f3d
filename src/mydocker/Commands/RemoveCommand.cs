using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class RemoveCommand
{
    private static readonly OptionSpec s_force = new("force", 'f', null, "", "Kill a container that runs, then remove it");

    private static readonly OptionSpec s_volumes = new("volumes", 'v', null, "", "Its anonymous volumes, too");

    public static Verb Verb => new()
    {
        Name = "rm",
        Aliases = ["container rm", "container remove"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [CONTAINER...]",
        Summary = "Remove containers and what they wrote",
        Options = [s_force, s_volumes],
        LeastArguments = 1,
        Examples = [("mydocker rm -f web1 web2", "end and remove two containers")],
    };

    public static int Run(Invocation invocation)
    {
        var force = invocation.Line.Has(s_force);
        var roots = invocation.Global.Roots;
        return Several.Each(invocation.Line.Arguments, name =>
        {
            if (force && !ContainerRemove.IsThere(roots, name))
            {
                Out.Error($"no such container: {name}"); // as docker has it, no failure
                return;
            }

            ContainerRemove.Run(roots, name, force, invocation.Line.Has(s_volumes));
            Out.Line(Out.Printable(name));
        });
    }
}
