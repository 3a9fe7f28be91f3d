using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;

namespace MyDocker.Engine.Commands;

/// <summary>Which containers `ps` shows.</summary>
public sealed record PsQuery
{
    /// <summary>Also those that do not run.</summary>
    public bool All { get; init; }

    /// <summary>The newest so many, running or not; null: no limit.</summary>
    public int? Last { get; init; }

    /// <summary>--filter: KEY=VALUE. Values of one key are alternatives, keys must all hold.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Filters { get; init; } = [];
}

public static class ContainerPs
{
    /// <summary>Containers, newest first.</summary>
    public static IReadOnlyList<ContainerSummary> List(EngineRoots roots, PsQuery query)
    {
        Reconciler.Run(roots);
        var all = ContainerList.Read(roots);
        var filters = query.Filters.GroupBy(f => f.Key, f => f.Value).Select(group => PsFilter.Parse(group.Key, [.. group], all)).ToList();
        var saysStatus = query.Filters.Any(f => f.Key is "status" or "exited");
        var shown = all.Where(c => query.All || query.Last is not null || saysStatus || c.State is not (ContainerStatus.Created or ContainerStatus.Exited or ContainerStatus.Dead))
            .Where(c => filters.TrueForAll(filter => filter(c)));
        return [.. query.Last is { } last ? shown.Take(last) : shown];
    }

    public static IReadOnlyList<ContainerSummary> List(EngineRoots roots, bool all) => List(roots, new PsQuery { All = all });

    /// <summary>"KEY=VALUE", with a key that there is.</summary>
    public static KeyValuePair<string, string> ParseFilter(string option, string text)
    {
        var equals = text.IndexOf('=');
        return equals < 0 ? throw new OptionException(option, text, "use KEY=VALUE, such as status=exited")
            : !PsFilter.Keys.Contains(text[..equals]) ? throw new OptionException(option, text, $"there is no filter \"{text[..equals]}\"; use one of {string.Join(", ", PsFilter.Keys)}")
            : new(text[..equals], text[(equals + 1)..]);
    }
}

/// <summary>docker's filters of `ps`.</summary>
internal static class PsFilter
{
    public static string[] Keys => ["id", "name", "label", "status", "exited", "ancestor", "before", "since", "volume", "network", "health", "expose", "publish"];

    public static Predicate<ContainerSummary> Parse(string key, List<string> values, List<ContainerSummary> all) => key switch
    {
        "id" => c => values.Exists(v => c.Id.StartsWith(v, StringComparison.Ordinal)),
        "name" => c => values.Exists(v => MatchesName(c.Name, v)),
        "label" => c => values.TrueForAll(v => HasLabel(c.Labels, v)),
        "status" => c => values.Exists(v => c.State == Status(v)),
        "exited" => c => values.Exists(v => int.TryParse(v, out var code) ? c.ExitCode == code : throw new OptionException("--filter", $"exited={v}", "must be an exit code")),
        "ancestor" => c => values.Exists(v => c.Image == v || c.Image == v + ":latest" || c.Image.Split(':')[0] == v || c.ImageId.Split(':')[^1].StartsWith(v.Split(':')[^1], StringComparison.Ordinal) && v.Length >= 4),
        "before" => c => values.TrueForAll(v => c.Created < Moment(key, v, all)),
        "since" => c => values.TrueForAll(v => c.Created > Moment(key, v, all)),
        "volume" => c => values.Exists(v => c.Mounts.Contains(v) || c.MountPoints.Contains(v)),
        "expose" => c => values.Exists(v => PortOption.ParseRange("--filter", v).Exists(c.Exposed.Contains)),
        "publish" => c => values.TrueForAll(v => PortOption.ParseRange("--filter", v).Count == 0), // no port is published
        "network" => c => values.Exists(v => c.Network == v),
        _ => c => values.Exists(v => (c.Health ?? "none") == v),
    };

    /// <summary>docker takes a regular expression; here a name, or a part of one, with ^ and $ for its ends.</summary>
    internal static bool MatchesName(string name, string pattern)
    {
        var (start, end) = (pattern.StartsWith('^'), pattern.EndsWith('$'));
        var text = pattern.TrimStart('^').TrimEnd('$').TrimStart('/');
        return start && end ? name == text
            : start ? name.StartsWith(text, StringComparison.Ordinal)
            : end ? name.EndsWith(text, StringComparison.Ordinal)
            : name.Contains(text, StringComparison.Ordinal);
    }

    internal static bool HasLabel(IReadOnlyDictionary<string, string> labels, string wanted)
    {
        var equals = wanted.IndexOf('=');
        return equals < 0 ? labels.ContainsKey(wanted) : labels.TryGetValue(wanted[..equals], out var value) && value == wanted[(equals + 1)..];
    }

    private static string Status(string value)
        => value is ContainerStatus.Created or ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Restarting or ContainerStatus.Exited or ContainerStatus.Dead or "removing"
            ? value
            : throw new OptionException("--filter", $"status={value}", "use created, running, paused, restarting, exited or dead");

    private static DateTimeOffset Moment(string key, string container, List<ContainerSummary> all)
        => all.Find(c => c.Name == container || (container.Length > 0 && c.Id.StartsWith(container, StringComparison.Ordinal)))?.Created
            ?? throw new OptionException("--filter", $"{key}={container}", "no such container");
}
