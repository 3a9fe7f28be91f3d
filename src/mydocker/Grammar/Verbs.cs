using MyDocker.Cli.Commands;
using MyDocker.Cli.Commands.Registry;
using MyDocker.Cli.Commands.Run;

namespace MyDocker.Cli.Grammar;

/// <summary>All commands. Finding one builds only this one.</summary>
internal static class Verbs
{
    /// <summary>In the order of the overview.</summary>
    public static string[] Names => ["run", "ps", "kill", "update", "rm", "images", "pull", "push", "tag", "rmi", "history", "import", "save", "load", "search", "login", "logout", "info", "version", "help"];

    public static string[] Nouns => ["container", "image", "manifest"];

    public static bool IsNoun(string word) => word is "container" or "image" or "manifest";

    public static Verb? Find(string name) => name switch
    {
        "run" => RunCommand.Verb,
        "ps" => PsCommand.Verb,
        "kill" => KillCommand.Verb,
        "update" => UpdateCommand.Verb,
        "rm" => RemoveCommand.Verb,
        "images" => ImagesCommand.Verb,
        "pull" => PullCommand.Verb,
        "push" => PushCommand.Verb,
        "tag" => TagCommand.Verb,
        "history" => HistoryCommand.Verb,
        "save" => SaveCommand.Verb,
        "load" => LoadCommand.Verb,
        "search" => SearchCommand.Verb,
        "login" => LoginCommand.Verb,
        "logout" => LogoutCommand.Verb,
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
        ("image", "import" or "pull" or "push" or "tag" or "history" or "save" or "load") => Find(name),
        ("image", "inspect") => ImageInspectCommand.Verb,
        ("image", "prune") => ImagePruneCommand.Verb,
        ("manifest", "inspect") => ManifestInspectCommand.Verb,
        ("image", "rm" or "remove") => RemoveImageCommand.Verb,
        _ => null,
    };

    public static string[] NamesOf(string noun)
        => noun == "manifest" ? ["inspect"] : noun == "container" ? ["run", "ls", "ps", "kill", "update", "rm"] : ["ls", "pull", "push", "tag", "rm", "inspect", "history", "prune", "import", "save", "load"];

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
