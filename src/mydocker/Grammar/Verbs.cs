using MyDocker.Cli.Commands;
using MyDocker.Cli.Commands.Registry;
using MyDocker.Cli.Commands.Run;

namespace MyDocker.Cli.Grammar;

/// <summary>All commands. Finding one builds only this one.</summary>
internal static class Verbs
{
    /// <summary>In the order of the overview.</summary>
    public static string[] Names => ["run", "ps", "kill", "update", "rm", "images", "pull", "import", "rmi", "info", "version", "help"];

    public static string[] Nouns => ["container", "image"];

    public static bool IsNoun(string word) => word is "container" or "image";

    public static Verb? Find(string name) => name switch
    {
        "run" => RunCommand.Verb,
        "ps" => PsCommand.Verb,
        "kill" => KillCommand.Verb,
        "update" => UpdateCommand.Verb,
        "rm" => RemoveCommand.Verb,
        "images" => ImagesCommand.Verb,
        "pull" => PullCommand.Verb,
        "import" => ImportCommand.Verb,
        "rmi" => RemoveImageCommand.Verb,
        "info" => InfoCommand.Verb,
        "version" => VersionCommand.Verb,
        "help" => HelpCommand.Verb,
        _ => null,
    };

    /// <summary>"container ls" and its like.</summary>
    public static Verb? Find(string noun, string name) => (noun, name) switch
    {
        ("container", "run" or "kill" or "update" or "ps") => Find(name),
        ("container", "ls" or "list") => PsCommand.Verb,
        ("container", "rm" or "remove") => RemoveCommand.Verb,
        ("image", "ls" or "list") => ImagesCommand.Verb,
        ("image", "import" or "pull") => Find(name),
        ("image", "rm" or "remove") => RemoveImageCommand.Verb,
        _ => null,
    };

    public static string[] NamesOf(string noun)
        => noun == "container" ? ["run", "ls", "ps", "kill", "update", "rm"] : ["ls", "pull", "import", "rm"];

    public static List<Verb> All()
    {
        var verbs = new List<Verb>();
        foreach (var name in Names)
        {
            verbs.Add(Find(name)!);
        }

        return verbs;
    }
}
