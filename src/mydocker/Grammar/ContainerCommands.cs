using MyDocker.Cli.Commands;
using MyDocker.Cli.Commands.Run;
using MyDocker.Engine.Containers;

namespace MyDocker.Cli.Grammar;

/// <summary>
/// What mydocker does itself: the commands about containers that come and go, whose time people wait for. mydocker-images, which
/// knows all, does the rest with the same line. Both are linked with the descriptions, only mydocker with <see cref="Run"/>.
/// </summary>
internal sealed class ContainerCommands : CommandSet
{
    public static Verb? Find(string name) => name switch
    {
        "run" => RunCommand.Verb,
        "create" => CreateCommand.Verb,
        "start" => StartCommand.Verb,
        "stop" => StopCommand.Verb,
        "restart" => RestartCommand.Verb,
        "kill" => KillCommand.Verb,
        "pause" => PauseCommand.Verb,
        "unpause" => UnpauseCommand.Verb,
        "wait" => WaitCommand.Verb,
        "rm" => RemoveCommand.Verb,
        "rename" => RenameCommand.Verb,
        "update" => UpdateCommand.Verb,
        "exec" => ExecCommand.Verb,
        "ps" => PsCommand.Verb,
        "inspect" => InspectCommand.Verb,
        "logs" => LogsCommand.Verb,
        "attach" => AttachCommand.Verb,
        "top" => TopCommand.Verb,
        "stats" => StatsCommand.Verb,
        "events" => EventsCommand.Verb,
        "port" => PortCommand.Verb,
        _ => null,
    };

    /// <summary>Those of them that are spelled "container NAME" in another way than by their name.</summary>
    public static Verb? FindContainer(string name) => name switch
    {
        "ls" or "list" => PsCommand.Verb,
        "remove" => RemoveCommand.Verb,
        _ => Find(name),
    };

    /// <summary>And "system NAME".</summary>
    public static Verb? FindSystem(string name) => name == "events" ? EventsCommand.Verb : null;

    public override Verb? Find(ReadOnlySpan<string> words, out int used)
    {
        used = words.Length > 1 && words[0] is "container" or "system" ? 2 : 1;
        return used == 1 ? Find(words[0]) : words[0] == "container" ? FindContainer(words[1]) : FindSystem(words[1]);
    }

    public override int Run(Verb verb, Invocation invocation) => verb.Name switch
    {
        "run" => RunCommand.Run(invocation),
        "create" => CreateCommand.Run(invocation),
        "start" => StartCommand.Run(invocation),
        "stop" => StopCommand.Run(invocation),
        "restart" => RestartCommand.Run(invocation),
        "kill" => KillCommand.Run(invocation),
        "pause" => PauseCommand.Run(invocation),
        "unpause" => UnpauseCommand.Run(invocation),
        "wait" => WaitCommand.Run(invocation),
        "rm" => RemoveCommand.Run(invocation),
        "rename" => RenameCommand.Run(invocation),
        "update" => UpdateCommand.Run(invocation),
        "exec" => ExecCommand.Run(invocation),
        "ps" => PsCommand.Run(invocation),
        "inspect" => InspectCommand.Run(invocation),
        "logs" => LogsCommand.Run(invocation),
        "attach" => AttachCommand.Run(invocation),
        "top" => TopCommand.Run(invocation),
        "stats" => StatsCommand.Run(invocation),
        "events" => EventsCommand.Run(invocation),
        "port" => PortCommand.Run(invocation),
        _ => throw new InvalidOperationException($"{verb.Name} is described here and not done"),
    };

    public override int Otherwise(ReadOnlySpan<string> words, bool wantsHelp) => ImagesProgram.Become();
}
