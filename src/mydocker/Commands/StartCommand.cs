using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;

namespace MyDocker.Cli.Commands;

internal static class StartCommand
{
    private static readonly OptionSpec s_attach = new("attach", 'a', null, "", "Show what it writes, and pass signals on to it");
    private static readonly OptionSpec s_interactive = new("interactive", 'i', null, "", "Give it standard input, if it was made with -i");

    public static Verb Verb => new()
    {
        Name = "start",
        Aliases = ["container start"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [CONTAINER...]",
        Summary = "Start containers that were created or have ended",
        Details = """
            What a container wrote stays from one run to the next. With -a the exit code is the container's.
            """,
        Options = [s_attach, s_interactive, SharedOptions.DetachKeys],
        LeastArguments = 1,
        Examples = [("mydocker start web1 web2", "in the background"), ("mydocker start -ai shell1", "a shell that was left, again")],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var roots = invocation.Global.Roots;
        var (attach, interactive) = (line.Has(s_attach), line.Has(s_interactive));
        if (!attach && !interactive)
        {
            return Several.Each(line.Arguments, name => AsStart(() =>
            {
                ContainerStart.Run(roots, name);
                Out.Line(Out.Printable(name));
                return 0;
            }));
        }

        return line.Arguments.Count == 1
            ? AsStart(() => ContainerStart.RunAttached(roots, line.Arguments[0], attach, interactive, line.Text(SharedOptions.DetachKeys, SharedOptions.ParseKeys)))
            : throw new EngineException("only one container can be attached to; leave -a and -i out, or start them one by one", exitCode: 1);
    }

    /// <summary>One that does not start is 1 here, as docker has it; what run would have said stands in the container.</summary>
    private static int AsStart(Func<int> start)
    {
        try
        {
            return start();
        }
        catch (EngineException e) when (e.ExitCode is EngineException.EngineError or EngineException.NotExecutable or EngineException.NotFound)
        {
            throw new EngineException(e.Message, exitCode: 1);
        }
    }
}
