using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

internal static class KillCommand
{
    private static readonly OptionSpec s_signal = new("signal", 's', "SIGNAL", "", "Signal to send, by name or number") { Default = "KILL" };

    public static Verb Verb => new()
    {
        Name = "kill",
        Aliases = ["container kill"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [CONTAINER...]",
        Summary = "Send a signal to containers; without -s end them at once",
        Options = [s_signal],
        LeastArguments = 1,
        Examples = [("mydocker kill web1", "end it, also where it stands paused at its memory limit"), ("mydocker kill -s HUP web1", "let it read its configuration again, if that is what HUP means to it")],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        var signal = line.Text(s_signal, SignalOption.Parse) ?? "SIGKILL";
        return Several.Each(line.Arguments, name =>
        {
            ContainerSignals.Kill(roots, name, signal);
            Out.Line(Out.Printable(name));
        });
    }
}
