using MyDocker.Cli.Commands;
using MyDocker.Cli.Commands.Registry;
using MyDocker.Cli.Commands.Upkeep;
using MyDocker.Cli.Commands.Volumes;

namespace MyDocker.Cli.Grammar;

/// <summary>All commands. Finding one builds only this one.</summary>
internal static class Verbs
{
    /// <summary>In the order of the overview.</summary>
    public static string[] Names =>
    [
        "run", "create", "start", "stop", "restart", "kill", "pause", "unpause", "wait", "rm", "rename", "update",
        "exec", "ps", "inspect", "logs", "attach", "top", "port", "stats", "events", "cp", "diff", "export", "commit",
        "images", "pull", "push", "tag", "rmi", "history", "import", "save", "load", "search", "login", "logout",
        "info", "completion", "man", "version", "help",
    ];

    public static string[] Nouns => ["container", "image", "volume", "system", "manifest"];

    public static bool IsNoun(string word) => Array.IndexOf(Nouns, word) >= 0;

    public static Verb? Find(string name) => ContainerCommands.Find(name) ?? name switch
    {
        "cp" => CopyCommand.Verb,
        "diff" => DiffCommand.Verb,
        "export" => ExportCommand.Verb,
        "commit" => CommitCommand.Verb,
        "completion" => CompletionCommand.Verb,
        "man" => ManCommand.Verb,
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
        _ => InternalCommands.Find(name),
    };

    /// <summary>"container ls" and its like.</summary>
    public static Verb? Find(string noun, string name) => noun switch
    {
        "container" => FindContainer(name),
        "image" => FindImage(name),
        "volume" => FindVolume(name),
        "system" => FindSystem(name),
        "manifest" => name == "inspect" ? ManifestInspectCommand.Verb : null,
        _ => null,
    };

    public static string[] NamesOf(string noun) => noun switch
    {
        "container" =>
        [
            "run", "create", "start", "stop", "restart", "kill", "pause", "unpause", "wait", "rm", "rename", "update",
            "exec", "ls", "ps", "inspect", "logs", "attach", "top", "port", "stats", "cp", "diff", "export", "commit", "prune",
        ],
        "volume" => ["create", "ls", "inspect", "rm", "prune"],
        "system" => ["df", "prune", "repair", "start-all", "events", "info"],
        "image" => ["ls", "pull", "push", "tag", "rm", "inspect", "history", "prune", "import", "save", "load"],
        _ => ["inspect"],
    };

    public static List<Verb> All()
    {
        var verbs = new List<Verb>();
        foreach (var name in Names)
        {
            verbs.Add(Find(name)!);
        }

        return verbs;
    }

    /// <summary>Every command that there is, as it is spelled: "run", "volume ls"; other spellings of the same are left out.</summary>
    public static IEnumerable<(string Words, Verb Verb)> Everything()
    {
        foreach (var name in Names)
        {
            yield return (name, Find(name)!);
        }

        foreach (var noun in Nouns)
        {
            foreach (var name in NamesOf(noun))
            {
                yield return ($"{noun} {name}", Find(noun, name)!);
            }
        }
    }

    private static Verb? FindContainer(string name) => name switch
    {
        "ls" or "list" or "remove" => ContainerCommands.FindContainer(name),
        "prune" => SystemCommands.ContainerPruneVerb,
        _ => Array.IndexOf(NamesOf("container"), name) >= 0 ? Find(name) : null,
    };

    private static Verb? FindVolume(string name) => name switch
    {
        "create" => VolumeCommands.Create,
        "ls" or "list" => VolumeCommands.List,
        "inspect" => VolumeCommands.Inspect,
        "rm" or "remove" => VolumeCommands.Remove,
        "prune" => VolumeCommands.Prune,
        _ => null,
    };

    private static Verb? FindSystem(string name) => name switch
    {
        "df" => DiskUseCommand.Verb,
        "prune" => SystemCommands.Prune,
        "repair" => SystemCommands.Repair,
        "start-all" => SystemCommands.StartAll,
        "info" => Find(name),
        _ => ContainerCommands.FindSystem(name),
    };

    private static Verb? FindImage(string name) => name switch
    {
        "ls" or "list" => ImagesCommand.Verb,
        "import" or "pull" or "push" or "tag" or "history" or "save" or "load" => Find(name),
        "inspect" => ImageInspectCommand.Verb,
        "prune" => ImagePruneCommand.Verb,
        "rm" or "remove" => RemoveImageCommand.Verb,
        _ => null,
    };
}
