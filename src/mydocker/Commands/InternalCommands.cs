using System.Text;
using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Containers;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

/// <summary>What mydocker asks mydocker-images for: work that takes libraries which it does not have. In no list of commands.</summary>
internal static class InternalCommands
{
    public static Verb? Find(string name) => name switch
    {
        ImagesProgram.CompileFilter => CompileFilter,
        ImagesProgram.UnpackTarball => UnpackTarball,
        ImagesProgram.ReadRecord => ReadRecord,
        _ => null,
    };

    private static Verb CompileFilter => Make(ImagesProgram.CompileFilter, "default|PROFILE [CAPABILITY...]", "Compile a system call filter into the cache", invocation =>
    {
        var arguments = invocation.Line.Arguments;
        ContainerFilter.Compile(invocation.Global.Roots, arguments[0], arguments.Skip(1).ToHashSet());
    });

    private static Verb UnpackTarball => Make(ImagesProgram.UnpackTarball, "PATH", "Make an image of a tarball that is to be run", invocation =>
        ImagesProgram.Answer(Encoding.ASCII.GetBytes(new ImageStore(invocation.Global.Roots.Data).ImportTarball(invocation.Line.Arguments[0]))));

    private static Verb ReadRecord => Make(ImagesProgram.ReadRecord, "record|state PATH", "Read what is not as mydocker writes it, or say what is wrong with it", invocation =>
    {
        var arguments = invocation.Line.Arguments;
        RecordOracle.Answer(arguments[0], arguments[^1]);
    });

    private static Verb Make(string name, string usage, string summary, Action<Invocation> run) => new()
    {
        Name = name,
        Area = "This program",
        Usage = usage,
        Summary = summary,
        NeedsRoot = false,
        LeastArguments = 1,
        OptionsEndAtFirstArgument = true,
        UsageExitCode = EngineException.EngineError,
        ValueExitCode = EngineException.EngineError,
        Run = invocation =>
        {
            run(invocation);
            return 0;
        },
    };
}
