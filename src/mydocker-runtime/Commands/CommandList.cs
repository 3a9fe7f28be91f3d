using MyDocker.Kernel.Seccomp;
using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCli.Grammar;
using MyDocker.RuntimeCli.Printing;

namespace MyDocker.RuntimeCli.Commands;

/// <summary>All commands. Found by name without making the others.</summary>
internal static class CommandList
{
    private static readonly (string Name, Func<Command> Make)[] s_commands =
    [
        ("checkpoint", () => CheckpointCommand.Command),
        ("completion", () => CompletionCommand.Command),
        ("create", () => CreateCommand.Command),
        ("delete", () => DeleteCommand.Command),
        ("events", () => EventsCommand.Command),
        ("exec", () => ExecCommand.Command),
        ("features", () => FeaturesCommand.Command),
        ("kill", () => KillCommand.Command),
        ("list", () => ListCommand.Command),
        ("man", () => ManCommand.Command),
        ("mounts", () => MountsCommand.Command),
        ("pause", () => PauseCommand.Command),
        ("plan", () => PlanCommand.Command),
        ("ps", () => PsCommand.Command),
        ("restore", () => RestoreCommand.Command),
        ("resume", () => ResumeCommand.Command),
        ("run", () => RunCommand.Command),
        ("spec", () => SpecCommand.Command),
        ("start", () => StartCommand.Command),
        ("state", () => StateCommand.Command),
        ("update", () => UpdateCommand.Command),
    ];

    public static IEnumerable<Command> All => s_commands.Select(entry => entry.Make());

    public static Command? Find(string name) => Array.Find(s_commands, entry => entry.Name == name).Make?.Invoke();

    /// <summary>
    /// In the shape of runc's, which docker and podman parse; what is built in follows in crun's. By another name it says whose
    /// it is, without the word "version": docker takes the last line that has it.
    /// </summary>
    public static string Version(string name)
    {
        var real = name == ProgramName.Own ? "" : $"\nimplementation: {ProgramName.Own}";
        var commit = BuildInfo.Commit.Length == 0 ? "" : $"commit: {BuildInfo.Commit}\n";
        var seccomp = SeccompCompiler.LibraryVersion is { } version ? $"\nlibseccomp: {version}" : "";
        return $"{name} version {BuildInfo.Version}\n{commit}spec: {RuntimeSpec.CurrentVersion}{real}\n.NET: {Environment.Version}{seccomp}\n+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF +CRIU";
    }
}
