using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands.Run;

/// <summary>What runs, as whom, and with what around it.</summary>
internal static class RunProcess
{
    private const string Area = "Command";

    private static readonly OptionSpec s_env = new("env", 'e', "NAME[=VALUE]", Area, "Set an environment variable; NAME alone takes your value") { Repeats = true };
    private static readonly OptionSpec s_envFile = new("env-file", '\0', "FILE", Area, "Set the variables in FILE, one NAME=VALUE a line") { Repeats = true };
    private static readonly OptionSpec s_workdir = new("workdir", 'w', "DIR", Area, "Start in this directory of the container");
    private static readonly OptionSpec s_user = new("user", 'u', "USER[:GROUP]", Area, "Run as this user, by name or id") { Default = "the image's, or root" };
    private static readonly OptionSpec s_entrypoint = new("entrypoint", '\0', "COMMAND", Area, "Run this instead of the image's entrypoint; \"\" for none");
    private static readonly OptionSpec s_init = new("init", '\0', null, Area, "Put a small init first that passes signals on and reaps zombies");
    private static readonly OptionSpec s_stopSignal = new("stop-signal", '\0', "SIGNAL", Area, "Signal that asks the command to stop") { Default = "TERM" };

    private static readonly OptionSpec s_groupAdd = new("group-add", '\0', "GROUP", Area, "Be in this group as well, a name or a number") { Repeats = true };

    public static OptionSpec[] Options => [s_env, s_envFile, s_workdir, s_user, s_groupAdd, s_entrypoint, s_init, s_stopSignal];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.Environment.AddRange(EnvironmentOf(line, s_envFile, s_env));
        options.WorkingDirectory = line.Text(s_workdir, (option, path)
            => path.StartsWith('/') ? path : throw new OptionException(option, path, "must be an absolute path of the container, such as /srv"));
        options.User = line.Text(s_user, (option, user)
            => user.Length > 0 && user[0] != ':' && user.Count(c => c == ':') <= 1 && !user.Any(char.IsControl)
                ? user
                : throw new OptionException(option, user, "use a name or id of a user, and of a group if you like, such as 1000:100"));
        options.GroupsAdded = line.Values(s_groupAdd) is { Length: > 0 } groups ? [.. groups] : null;
        options.Entrypoint = line.Value(s_entrypoint);
        options.Init = line.Has(s_init);
        options.StopSignal = line.Text(s_stopSignal, SignalOption.Parse);
    }

    /// <summary>Files first, so that -e wins over them; `exec` has these options too.</summary>
    public static List<string> EnvironmentOf(CommandLine line, OptionSpec files, OptionSpec variables)
    {
        var environment = new List<string>();
        foreach (var file in line.Values(files))
        {
            environment.AddRange(EnvironmentOption.ReadFile(files.Display, file, Environment.GetEnvironmentVariable));
        }

        foreach (var text in line.Values(variables))
        {
            if (EnvironmentOption.Parse(variables.Display, text, Environment.GetEnvironmentVariable) is { } variable)
            {
                environment.Add(variable);
            }
        }

        return environment;
    }
}
