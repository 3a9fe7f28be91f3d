using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

internal static class RestartCommand
{
    public static Verb Verb => new()
    {
        Name = "restart",
        Aliases = ["container restart"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [CONTAINER...]",
        Summary = "Stop containers and start them again",
        Options = [SharedOptions.StopTime, SharedOptions.StopSignal],
        LeastArguments = 1,
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        var (seconds, signal) = (line.Value(SharedOptions.StopTime, SharedOptions.ParseSeconds), line.Text(SharedOptions.StopSignal, SignalOption.Parse));
        return Several.Each(line.Arguments, name =>
        {
            ContainerSignals.Restart(roots, name, seconds, signal);
            Out.Line(Out.Printable(name));
        });
    }
}
