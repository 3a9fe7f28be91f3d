using MyDocker.Cli.Grammar;
using MyDocker.Engine.Containers;

namespace MyDocker.Cli.Commands;

/// <summary>What mydocker asks mydocker-images for where a container's system call filter is not in the cache. In no list of commands.</summary>
internal static class CompileFilterCommand
{
    public static Verb Verb => new()
    {
        Name = ImagesProgram.CompileFilter,
        Area = "This program",
        Usage = "default|PROFILE [CAPABILITY...]",
        Summary = "Compile a system call filter into the cache",
        NeedsRoot = false,
        LeastArguments = 1,
        OptionsEndAtFirstArgument = true,
        UsageExitCode = Engine.EngineException.EngineError,
        ValueExitCode = Engine.EngineException.EngineError,
        Run = invocation =>
        {
            var arguments = invocation.Line.Arguments;
            ContainerFilter.Compile(invocation.Global.Roots, arguments[0], arguments.Skip(1).ToHashSet());
            return 0;
        },
    };
}
