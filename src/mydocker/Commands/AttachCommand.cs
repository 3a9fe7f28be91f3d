using MyDocker.Cli.Grammar;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class AttachCommand
{
    private static readonly OptionSpec s_noStdin = new("no-stdin", '\0', null, "", "Only watch");
    private static readonly OptionSpec s_sigProxy = new("sig-proxy", '\0', null, "", "Pass signals on to the container; --sig-proxy=false ends only this command") { Default = "true" };

    public static Verb Verb => new()
    {
        Name = "attach",
        Aliases = ["container attach"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER",
        Summary = "Connect to the standard streams of a container that runs",
        Details = """
            Shows what the container writes from now on; 'mydocker logs' shows what it wrote before. Any number of
            people may be attached. Nobody waits for one who reads too slowly: he is told what he missed.
            The exit code is the container's.
            """,
        Options = [SharedOptions.DetachKeys, s_noStdin, s_sigProxy],
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker attach --no-stdin web1", "watch it")],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        return ContainerAttach.Run(invocation.Global.Roots, line.Arguments[0], new AttachRequest
        {
            NoStdin = line.Has(s_noStdin),
            ProxySignals = line.Value(s_sigProxy) is null || line.Has(s_sigProxy),
            DetachKeys = line.Text(SharedOptions.DetachKeys, SharedOptions.ParseKeys),
        });
    }
}
