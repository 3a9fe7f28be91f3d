using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

internal static class PortCommand
{
    public static Verb Verb => new()
    {
        Name = "port",
        Aliases = ["container port"],
        Area = "Containers",
        Usage = "CONTAINER [PORT[/PROTOCOL]]",
        Summary = "List the ports of a container that are published on the host",
        Details = """
            None is, for now: a container with an address (run -a) is reached at that. So nothing is listed, and a
            port that is named is not published, exit code 1.
            """,
        LeastArguments = 1,
        MostArguments = 2,
    };

    public static int Run(Invocation invocation)
    {
        var arguments = invocation.Line.Arguments;
        var container = ContainerPorts.Find(invocation.Global.Roots, arguments[0]);
        return arguments.Count == 1 ? 0
            : throw new EngineException($"no public port '{PortOption.Parse("PORT", arguments[1])}' published for {container}", exitCode: 1);
    }
}
