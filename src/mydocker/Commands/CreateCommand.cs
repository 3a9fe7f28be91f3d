using MyDocker.Cli.Commands.Run;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class CreateCommand
{
    public static Verb Verb => new()
    {
        Name = "create",
        Aliases = ["container create"],
        Area = "Containers",
        Usage = "[OPTIONS] IMAGE [COMMAND [ARG...]]",
        Summary = "Make a container, and do not start it yet",
        Details = """
            Takes all options of run, and prints the container's id; 'mydocker start' starts it.
            """,
        Options = [.. RunCommand.OptionsOfCreate, SharedOptions.Explain],
        LeastArguments = 1,
        OptionsEndAtFirstArgument = true,
        UsageExitCode = EngineException.EngineError,
        ValueExitCode = EngineException.EngineError,
        Examples = [("mydocker create -it --name shell1 centos:7 /bin/bash", "then: mydocker start -ai shell1")],
    };

    public static int Run(Invocation invocation)
    {
        var options = RunCommand.Read(invocation.Line);
        var roots = invocation.Global.Roots;
        if (invocation.Line.Has(SharedOptions.Explain))
        {
            Out.Write(ContainerRun.Explain(roots, options));
        }
        else
        {
            Out.Line(ContainerCreate.Run(roots, options));
        }

        return 0;
    }
}
