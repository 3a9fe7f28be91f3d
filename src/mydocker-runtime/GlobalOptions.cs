using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli;

/// <summary>What stands before the command: runc's options, and those of crun that its callers use.</summary>
internal sealed class GlobalOptions
{
    public static readonly Flag RootFlag = new("root", "DIR", "Keep the state of containers in DIR") { Default = "/run/mydocker-runtime, or below $XDG_RUNTIME_DIR without root" };
    public static readonly Flag LogFlag = new("log", "FILE", "Append messages to FILE");
    public static readonly Flag LogFormatFlag = new("log-format", "FORMAT", "text or json") { Default = "text" };
    public static readonly Flag LogLevelFlag = new("log-level", "LEVEL", "debug, warning or error") { Default = "warning" };
    public static readonly Flag DebugFlag = new("debug", null, "Log more, and show where errors come from");
    public static readonly Flag SystemdFlag = new("systemd-cgroup", null, "Let systemd make the cgroups; cgroupsPath is \"slice:prefix:name\"");
    public static readonly Flag CgroupManagerFlag = new("cgroup-manager", "MANAGER", "cgroupfs, systemd or disabled") { Default = "cgroupfs" };
    public static readonly Flag RootlessFlag = new("rootless", "VALUE", "Go without cgroups where this user may make none: true, false or auto") { Default = "auto" };
    public static readonly Flag CriuFlag = new("criu", "FILE", "Ignored, as by runc: criu is found in $PATH");
    public static readonly Flag HelpFlag = new("help", null, "Show help") { Letter = 'h' };
    public static readonly Flag VersionFlag = new("version", null, "Show the version") { Letter = 'v' };

    public static IReadOnlyList<Flag> All => [RootFlag, LogFlag, LogFormatFlag, LogLevelFlag, DebugFlag, SystemdFlag, CgroupManagerFlag, RootlessFlag, CriuFlag, HelpFlag, VersionFlag];

    private readonly Arguments _arguments;

    public GlobalOptions(Arguments arguments)
    {
        _arguments = arguments;
        if (LogFormat is not ("text" or "json"))
        {
            throw new UsageException($"invalid log format \"{LogFormat}\": use text or json");
        }

        LogLevel = _arguments.Value(LogLevelFlag) switch
        {
            _ when Debug => LogLevel.Debug,
            "debug" => LogLevel.Debug,
            null or "" or "warning" or "warn" or "info" => LogLevel.Warning,
            "error" => LogLevel.Error,
            var other => throw new UsageException($"invalid log level \"{other}\": use debug, warning or error"),
        };
        if (RootlessText is not ("auto" or "true" or "false"))
        {
            throw new UsageException($"invalid value \"{RootlessText}\" for --rootless: use true, false or auto");
        }

        CgroupManager = Has(SystemdFlag) ? CgroupManager.Systemd : _arguments.Value(CgroupManagerFlag) switch
        {
            null or "cgroupfs" => CgroupManager.Cgroupfs,
            "systemd" => CgroupManager.Systemd,
            "disabled" => CgroupManager.Disabled,
            var other => throw new UsageException($"invalid cgroup manager \"{other}\": use cgroupfs, systemd or disabled"),
        };
    }

    public string Root => Path.GetFullPath(_arguments.Value(RootFlag) ?? DefaultRoot);

    /// <summary>Named by the caller, and not the default.</summary>
    public bool HasRoot => _arguments.Value(RootFlag) is not null;

    public string? Log => _arguments.Value(LogFlag) is { Length: > 0 } file ? file : null;

    public string LogFormat => _arguments.Value(LogFormatFlag) is { Length: > 0 } format ? format : "text";

    public bool Debug => Has(DebugFlag);

    public LogLevel LogLevel { get; }

    /// <summary>A container may do without a cgroup.</summary>
    public bool Rootless => RootlessText == "auto" ? Syscall.Invoke(Nr.geteuid) != 0 || !UserNamespaces.IsInitial : RootlessText == "true";

    public CgroupManager CgroupManager { get; }

    public bool Help => Has(HelpFlag);

    public bool Version => Has(VersionFlag);

    private static string DefaultRoot
        => IsUsers && Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own
            ? $"{own}/mydocker-runtime"
            : "/run/mydocker-runtime";

    /// <summary>Not the host's root: another user, or, as with runc, root of a user namespace whose environment is not root's.</summary>
    private static bool IsUsers
        => Syscall.Invoke(Nr.geteuid) != 0 || (!UserNamespaces.IsInitial && Environment.GetEnvironmentVariable("USER") != "root");

    private string RootlessText => _arguments.Value(RootlessFlag) ?? "auto";

    private bool Has(Flag flag) => _arguments.Has(flag);
}
