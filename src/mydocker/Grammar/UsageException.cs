using MyDocker.Engine;

namespace MyDocker.Cli.Grammar;

/// <summary>A command line that cannot be understood; the text says which word, and where the help is.</summary>
internal sealed class UsageException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>An option that does not exist, or without its value. docker's exit code for both, at every command: 125.</summary>
    public static UsageException Option(string verb, string message)
        => new($"{message}; see '{Help(verb)}'", EngineException.EngineError);

    public static UsageException UnknownVerb(string? noun, string name)
    {
        var nearest = Nearest.To(name, noun is null ? Verbs.Names : Verbs.NamesOf(noun));
        var spelled = noun is null ? name : $"{noun} {name}";
        var hint = nearest is null ? "" : $"; did you mean '{(noun is null ? "" : noun + " ")}{nearest}'?";
        return new($"'{spelled}' is not a mydocker command{hint}{(nearest is null ? ";" : "")} see '{Help(noun ?? "")}'", 1);
    }

    internal static string Help(string verb) => verb.Length == 0 ? "mydocker --help" : $"mydocker {verb} --help";
}
