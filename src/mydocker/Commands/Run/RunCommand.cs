using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Processes;

namespace MyDocker.Cli.Commands.Run;

internal static class RunCommand
{
    /// <summary>Those of `create` too; -d and what goes with being attached are run's alone.</summary>
    public static OptionSpec[] OptionsOfCreate
        => [.. RunContainer.Options, .. RunLife.Options, .. RunProcess.Options, .. RunLimits.Options, .. RunNetwork.Options, .. RunFiles.Options, .. RunIsolation.Options];

    public static Verb Verb => new()
    {
        Name = "run",
        Aliases = ["container run"],
        Area = "Containers",
        Usage = "[OPTIONS] IMAGE [COMMAND [ARG...]]",
        Summary = "Run a command in a new container",
        Details = """
            IMAGE is the name of an image (see 'mydocker images'), a directory with a root file system, or a tar
            archive of one. It is never written to. Options end at IMAGE; what follows belongs to COMMAND.
            The exit code is the command's; 128 + the signal that ended it; 125 if the container could not be
            started; 126 if the command cannot be executed; 127 if it was not found.
            """,
        Options = [.. OptionsOfCreate, .. RunContainer.RunOnly, SharedOptions.Explain, SharedOptions.Timing],
        LeastArguments = 1,
        OptionsEndAtFirstArgument = true,
        UsageExitCode = EngineException.EngineError,
        ValueExitCode = EngineException.EngineError,
        Examples =
        [
            ("mydocker run -it --rm centos:7 /bin/bash", "a shell in a container that is removed afterwards"),
            ("mydocker run --rm -m 25m -k centos:7 /resource-test/mem-allocate", "25 MB of memory; at the limit it pauses, and 'mydocker update -m 50m NAME' lets it go on"),
            ("mydocker run --rm -c 4000 -q 2000 centos:7 /resource-test/cpu-test", "half of one CPU: 2 ms in every 4 ms"),
            ("mydocker run -it --rm -a 192.168.2.2/24 centos:7 /bin/bash", "a link between the container and the host"),
            ("mydocker run -it --rm -a 192.168.2.2/24 -b br0 centos:7 /bin/bash", "plugged into the host's bridge br0"),
            ("mydocker run --rm -v \"$PWD\":/src -w /src centos:7 make", "work on files of the host"),
        ],
    };

    public static int Run(Invocation invocation)
    {
        var isTimed = invocation.Line.Has(SharedOptions.Timing);
        if (isTimed)
        {
            StartTiming.Begin(App.Entered);
        }

        var options = Read(invocation.Line);
        var roots = invocation.Global.Roots;
        if (invocation.Line.Has(SharedOptions.Explain))
        {
            Out.Write(ContainerRun.Explain(roots, options));
            return 0;
        }

        PhaseClock.Mark("command line");
        var code = ContainerRun.Run(roots, options);
        if (isTimed)
        {
            Out.ErrorText(StartTiming.Report());
        }

        return code;
    }

    /// <summary>Every value checked, and what the options demand of each other.</summary>
    internal static RunOptions Read(CommandLine line)
    {
        var options = new RunOptions { Image = line.Arguments[0], Command = [.. line.Arguments.Skip(1)] };
        RunContainer.Apply(line, options);
        RunLife.Apply(line, options);
        RunProcess.Apply(line, options);
        RunLimits.Apply(line, options);
        RunNetwork.Apply(line, options);
        RunFiles.Apply(line, options);
        RunIsolation.Apply(line, options);
        RunCheck.Check(options);
        return options;
    }
}
