using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;

namespace MyDocker.Cli.Commands;

internal static class CompletionCommand
{
    public static Verb Verb => new()
    {
        Name = "completion",
        Area = "This program",
        Usage = "bash|zsh|fish",
        Summary = "Print the completions for a shell",
        Details = """
            bash: mydocker completion bash > /usr/share/bash-completion/completions/mydocker
            zsh:  mydocker completion zsh > /usr/share/zsh/vendor-completions/_mydocker
            fish: mydocker completion fish > /usr/share/fish/vendor_completions.d/mydocker.fish
            """,
        NeedsRoot = false,
        LeastArguments = 1,
        MostArguments = 1,
        Run = invocation =>
        {
            Out.Write(CompletionScripts.For(invocation.Line.Arguments[0]));
            return 0;
        },
    };
}
