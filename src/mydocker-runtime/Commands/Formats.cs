using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Commands;

/// <summary>The two forms in which list and ps print.</summary>
internal static class Formats
{
    public const string Table = "table";
    public const string Json = "json";

    /// <exception cref="UsageException">another form.</exception>
    public static string Of(Arguments arguments, Flag flag) => (arguments.Value(flag) ?? Table) switch
    {
        Table => Table,
        Json => Json,
        var other => throw new UsageException($"invalid format option \"{other}\": use table or json"),
    };
}
