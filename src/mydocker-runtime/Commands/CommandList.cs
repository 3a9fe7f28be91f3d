using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

/// <summary>All commands. Found by name without making the others.</summary>
internal static class CommandList
{
    private static readonly (string Name, Func<Command> Make)[] s_commands =
    [
        ("create", () => CreateCommand.Command),
        ("delete", () => DeleteCommand.Command),
        ("exec", () => ExecCommand.Command),
        ("kill", () => KillCommand.Command),
        ("list", () => ListCommand.Command),
        ("plan", () => PlanCommand.Command),
        ("run", () => RunCommand.Command),
        ("start", () => StartCommand.Command),
        ("state", () => StateCommand.Command),
    ];

    public static IEnumerable<Command> All => s_commands.Select(entry => entry.Make());

    public static Command? Find(string name) => Array.Find(s_commands, entry => entry.Name == name).Make?.Invoke();

    public static string Version() => $"mydocker-runtime version {typeof(CommandList).Assembly.GetName().Version?.ToString(3)}\nspec: {RuntimeSpec.CurrentVersion}";
}
