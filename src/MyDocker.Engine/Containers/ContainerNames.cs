using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>Ids, and names for containers that were given none.</summary>
internal static class ContainerNames
{
    private static string[] Adjectives =>
    [
        "able", "bold", "brave", "bright", "calm", "clear", "clever", "crisp", "eager", "early", "fair", "fleet", "fond", "fresh", "gentle", "glad",
        "grand", "happy", "honest", "jolly", "keen", "kind", "light", "lively", "lucid", "merry", "mild", "neat", "noble", "open", "patient", "proud",
        "quick", "quiet", "ready", "sharp", "sound", "steady", "sunny", "swift", "tidy", "true", "vivid", "warm", "wise", "witty", "young", "zesty",
    ];

    private static string[] Animals =>
    [
        "badger", "beaver", "bison", "bream", "camel", "crane", "dingo", "dove", "eagle", "egret", "falcon", "finch", "fox", "gecko", "goose", "heron",
        "ibex", "jay", "koala", "lark", "lemur", "llama", "lynx", "magpie", "marten", "mole", "moose", "newt", "otter", "owl", "panda", "pike",
        "puffin", "quail", "raven", "robin", "seal", "shrew", "stork", "swan", "tern", "trout", "turtle", "viper", "whale", "wolf", "wren", "yak",
    ];

    /// <summary>64 hexadecimal digits.</summary>
    public static string NewId()
    {
        Span<byte> bytes = stackalloc byte[32];
        KernelRandom.Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>A name from an id: "swift_otter", and with the id's digits where that is taken.</summary>
    public static string For(string id, bool unique = false)
    {
        var number = Convert.ToUInt32(id[..8], 16);
        var name = $"{Adjectives[number % (uint)Adjectives.Length]}_{Animals[number / (uint)Adjectives.Length % (uint)Animals.Length]}";
        return unique ? $"{name}_{id[..8]}" : name;
    }
}
