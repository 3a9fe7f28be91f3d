using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands.Run;

/// <summary>What happens beside the container and after it: log, restart, health.</summary>
internal static class RunLife
{
    private const string Area = "Life";

    public static readonly OptionSpec Restart = new("restart", '\0', "POLICY", Area, "When it has ended start it again: no, always, unless-stopped, on-failure[:TIMES]") { Default = "no" };

    private static readonly OptionSpec s_stopTimeout = new("stop-timeout", '\0', "SECONDS", Area, "Time between the stop signal and SIGKILL; -1 for ever") { Default = "10" };
    private static readonly OptionSpec s_logDriver = new("log-driver", '\0', "NAME", Area, "json-file, none or journald") { Default = "json-file" };
    private static readonly OptionSpec s_logOpt = new("log-opt", '\0', "KEY=VALUE", Area, "max-size=10m, max-file=3 (these are what holds by default); tag=TEXT with journald") { Repeats = true };
    private static readonly OptionSpec s_healthCmd = new("health-cmd", '\0', "COMMAND", Area, "Run this in the container now and then; exit code 0 is healthy");
    private static readonly OptionSpec s_healthInterval = new("health-interval", '\0', "TIME", Area, "Time between checks") { Default = "30s" };
    private static readonly OptionSpec s_healthTimeout = new("health-timeout", '\0', "TIME", Area, "A check that takes longer has failed") { Default = "30s" };
    private static readonly OptionSpec s_healthRetries = new("health-retries", '\0', "TIMES", Area, "So many failures in a row are unhealthy") { Default = "3" };
    private static readonly OptionSpec s_healthStartPeriod = new("health-start-period", '\0', "TIME", Area, "Failures in this time after the start do not count") { Default = "0s" };
    private static readonly OptionSpec s_healthStartInterval = new("health-start-interval", '\0', "TIME", Area, "Time between checks in the start period") { Default = "5s" };
    private static readonly OptionSpec s_noHealthcheck = new("no-healthcheck", '\0', null, Area, "Leave out the image's health check");

    public static OptionSpec[] Options =>
    [
        Restart, s_stopTimeout, s_logDriver, s_logOpt, s_healthCmd, s_healthInterval, s_healthTimeout, s_healthRetries,
        s_healthStartPeriod, s_healthStartInterval, s_noHealthcheck,
    ];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.RestartSetting = line.Text(Restart, (_, text) => text) is { } policy ? RestartParser.Parse(Restart.Display, policy) : null;
        options.StopTimeout = line.Value(s_stopTimeout, SharedOptions.ParseSeconds);
        options.LogSetting = LogOptionParser.Combine(line.Text(s_logDriver, LogOptionParser.ParseDriver), line.All(s_logOpt, LogOptionParser.ParseOption));
        options.Health = Health(line);
        if (options is { AutoRemove: true, Restart.Policy: not RestartOption.No })
        {
            throw new EngineException("--rm removes a container that has ended and --restart starts it again; give one of them");
        }
    }

    private static HealthOption? Health(CommandLine line)
    {
        var health = new HealthOption
        {
            Interval = line.Value(s_healthInterval, Time) ?? 0,
            Timeout = line.Value(s_healthTimeout, Time) ?? 0,
            StartPeriod = line.Value(s_healthStartPeriod, Time) ?? 0,
            StartInterval = line.Value(s_healthStartInterval, Time) ?? 0,
            Retries = line.Value(s_healthRetries, SharedOptions.ParseCount) ?? 0,
        };
        var command = line.Value(s_healthCmd);
        if (line.Has(s_noHealthcheck))
        {
            return command is null && health == new HealthOption { Test = health.Test }
                ? new HealthOption { Test = ["NONE"] }
                : throw new EngineException("--no-healthcheck and options of a health check exclude each other");
        }

        health.Test = command is null ? [] : ["CMD-SHELL", command];
        return command is null && health == new HealthOption { Test = health.Test } ? null : health;
    }

    /// <summary>docker takes no time below a millisecond: a check takes longer than that itself.</summary>
    private static long Time(string option, string text)
    {
        var time = DurationOption.Parse(option, text);
        return time is 0 or >= 1_000_000 ? time : throw new OptionException(option, text, "must be at least 1ms, or 0 for the default");
    }
}
