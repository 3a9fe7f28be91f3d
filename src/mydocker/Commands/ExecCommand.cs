using MyDocker.Cli.Commands.Run;
using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands;

internal static class ExecCommand
{
    private static readonly OptionSpec s_detach = new("detach", 'd', null, "", "Do not wait for the command; what it writes is not shown");
    private static readonly OptionSpec s_env = new("env", 'e', "NAME[=VALUE]", "", "Set an environment variable; NAME alone takes your value") { Repeats = true };
    private static readonly OptionSpec s_envFile = new("env-file", '\0', "FILE", "", "Set the variables in FILE, a NAME=VALUE on each line") { Repeats = true };
    private static readonly OptionSpec s_interactive = new("interactive", 'i', null, "", "Give the command standard input");
    private static readonly OptionSpec s_tty = new("tty", 't', null, "", "Give the command a terminal");
    private static readonly OptionSpec s_user = new("user", 'u', "USER[:GROUP]", "", "Run as this user of the container, a name or a number") { Default = "the container's own" };
    private static readonly OptionSpec s_workdir = new("workdir", 'w', "DIR", "", "Start in this directory") { Default = "the container's own" };
    private static readonly OptionSpec s_privileged = new("privileged", '\0', null, "", "With all capabilities");

    public static Verb Verb => new()
    {
        Name = "exec",
        Aliases = ["container exec"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER COMMAND [ARG...]",
        Summary = "Run one more command in a container that runs",
        Details = """
            In all its namespaces and its cgroup, with its capabilities, filter and environment. Signals go to the
            command. The exit code is the command's; 128 + the signal that ended it; 126 if it cannot be executed;
            127 if it was not found.
            """,
        Options = [s_detach, SharedOptions.DetachKeys, s_env, s_envFile, s_interactive, s_privileged, s_tty, s_user, s_workdir],
        LeastArguments = 2,
        OptionsEndAtFirstArgument = true,
        Examples = [("mydocker exec -it web1 /bin/sh", "a shell in it"), ("mydocker exec web1 cat /etc/hosts", "look at a file"), ("mydocker exec -u 1000 -w /tmp -e A=b web1 env", "as somebody else, elsewhere, with a variable")],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var options = new ExecOptions
        {
            Command = [.. line.Arguments.Skip(1)],
            Interactive = line.Has(s_interactive),
            Terminal = line.Has(s_tty),
            Detach = line.Has(s_detach),
            DetachKeys = line.Text(SharedOptions.DetachKeys, SharedOptions.ParseKeys),
            Privileged = line.Has(s_privileged),
            User = line.Text(s_user, (option, text) => text.Length > 0 ? text : throw new OptionException(option, text, "must be a user")),
            WorkingDirectory = line.Text(s_workdir, (option, text) => text.StartsWith('/') ? text : throw new OptionException(option, text, "must be an absolute path")),
            Environment = RunProcess.EnvironmentOf(line, s_envFile, s_env),
        };
        return ContainerExec.Run(invocation.Global.Roots, line.Arguments[0], options);
    }
}
