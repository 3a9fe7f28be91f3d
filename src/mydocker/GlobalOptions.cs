using MyDocker.Cli.Grammar;
using MyDocker.Engine;

namespace MyDocker.Cli;

/// <summary>What stands before the verb, or in the environment.</summary>
internal sealed class GlobalOptions
{
    public static readonly OptionSpec RootOption = new("root", '\0', "DIR", "", "Keep images and containers in DIR") { Default = EngineRoots.DefaultData, Variable = "MYDOCKER_ROOT" };
    public static readonly OptionSpec StateOption = new("state", '\0', "DIR", "", "Keep the state of what runs in DIR") { Default = EngineRoots.DefaultState, Variable = "MYDOCKER_STATE" };
    public static readonly OptionSpec DebugOption = new("debug", 'D', null, "", "Show where errors come from") { Variable = "MYDOCKER_DEBUG" };
    public static readonly OptionSpec LogLevelOption = new("log-level", '\0', "LEVEL", "", "Say more or less: debug, info, warn, error or fatal") { Default = "warn", Variable = "MYDOCKER_LOG_LEVEL" };
    public static readonly OptionSpec VersionOption = new("version", 'v', null, "", "Print the version and quit");
    public static readonly OptionSpec HelpOption = new("help", 'h', null, "", "Print this help and quit");

    public static OptionSpec[] All => [RootOption, StateOption, DebugOption, LogLevelOption, VersionOption, HelpOption];

    private string? _root;
    private string? _state;

    public bool Debug { get; private set; }
    public string LogLevel { get; private set; } = "warn";
    public bool Version { get; private set; }
    public bool Help { get; private set; }

    /// <summary>Where this call's engine keeps its things.</summary>
    public EngineRoots Roots
        => EngineRoots.Resolve(_root ?? Environment.GetEnvironmentVariable(RootOption.Variable!), _state ?? Environment.GetEnvironmentVariable(StateOption.Variable!));

    /// <summary>Takes the global options off the front; the rest begins with the verb.</summary>
    public ReadOnlySpan<string> Read(string[] args)
    {
        ReadEnvironment();
        if (args.Length == 0 || !args[0].StartsWith('-'))
        {
            return args;
        }

        var split = TokenSplitter.Split(All, "", args, optionsEndAtFirstArgument: true);
        foreach (var (option, value) in split.Options)
        {
            Set(option, value);
        }

        return args.AsSpan(args.Length - split.Arguments.Count);
    }

    private void Set(OptionSpec option, string value)
    {
        switch (option.Name)
        {
            case "root":
                _root = Directory(option, value);
                break;
            case "state":
                _state = Directory(option, value);
                break;
            case "debug":
                Debug = value == "true";
                break;
            case "log-level":
                Use(Level(option.Display, value));
                break;
            case "version":
                Version = value == "true";
                break;
            default:
                Help = value == "true";
                break;
        }
    }

    private void ReadEnvironment()
    {
        Debug = Environment.GetEnvironmentVariable(DebugOption.Variable!) is "1" or "true";
        if (Environment.GetEnvironmentVariable(LogLevelOption.Variable!) is { Length: > 0 } level)
        {
            Use(Level(LogLevelOption.Variable!, level));
        }
    }

    private void Use(string level)
    {
        LogLevel = level;
        EngineLog.Level = level switch
        {
            "debug" => MyDocker.Engine.LogLevel.Debug,
            "info" => MyDocker.Engine.LogLevel.Info,
            "warn" => MyDocker.Engine.LogLevel.Warn,
            "error" => MyDocker.Engine.LogLevel.Error,
            _ => MyDocker.Engine.LogLevel.Fatal,
        };
    }

    private static string Directory(OptionSpec option, string value)
        => value.Length > 0 ? value : throw new OptionException(option.Display, value, "must be a directory");

    private static string Level(string option, string value)
        => value is "debug" or "info" or "warn" or "error" or "fatal" ? value : throw new OptionException(option, value, "use debug, info, warn, error or fatal");
}
