using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;
using System.Globalization;

namespace MyDocker.Cli.Commands;

internal static class WaitCommand
{
    public static Verb Verb => new()
    {
        Name = "wait",
        Aliases = ["container wait"],
        Area = "Containers",
        Usage = "CONTAINER [CONTAINER...]",
        Summary = "Wait until containers have ended, and print their exit codes",
        Details = """
            A restart policy that starts a container again makes wait go on.
            """,
        LeastArguments = 1,
        Examples = [("test $(mydocker wait job) = 0", "has it succeeded?")],
    };

    public static int Run(Invocation invocation)
    {
        var roots = invocation.Global.Roots;
        return Several.Each(invocation.Line.Arguments, name => Out.Line(ContainerWait.Run(roots, name).ToString(CultureInfo.InvariantCulture)));
    }
}
