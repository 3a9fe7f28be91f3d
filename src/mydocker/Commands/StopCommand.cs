using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

internal static class StopCommand
{
    public static Verb Verb => new()
    {
        Name = "stop",
        Aliases = ["container stop"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [CONTAINER...]",
        Summary = "Ask containers to end, and end them when the time is up",
        Details = """
            The restart policy does not start a container that was stopped.
            """,
        Options = [SharedOptions.StopTime, SharedOptions.StopSignal],
        LeastArguments = 1,
        Examples = [("mydocker stop web1", "SIGTERM, or the signal that the container was made with; SIGKILL after 10 seconds"), ("mydocker stop -t 0 web1", "at once")],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        var (seconds, signal) = (line.Value(SharedOptions.StopTime, SharedOptions.ParseSeconds), line.Text(SharedOptions.StopSignal, SignalOption.Parse));
        return Several.Each(line.Arguments, name =>
        {
            ContainerSignals.Stop(roots, name, seconds, signal);
            Out.Line(Out.Printable(name));
        });
    }
}
