using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

internal static class CompletionCommand
{
    public static Command Command => new()
    {
        Name = "completion",
        Usage = "bash|zsh|fish",
        Summary = "Print the completions for a shell",
        Run = invocation =>
        {
            Output.Write(CompletionScripts.For(invocation.Arguments.Words[0]));
            return 0;
        },
    };
}
