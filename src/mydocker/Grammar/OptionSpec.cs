namespace MyDocker.Cli.Grammar;

/// <summary>
/// One option, described once: parsing, help, man pages and completions all read this. Identity is the object.
/// </summary>
/// <param name="name">the long name, without dashes.</param>
/// <param name="short">the letter; '\0' for none.</param>
/// <param name="value">what its value is called in help ("SIZE"); null for an option that is on or off.</param>
/// <param name="area">the heading under which help shows it.</param>
/// <param name="text">one short sentence, without a full stop.</param>
internal sealed class OptionSpec(string name, char @short, string? value, string area, string text)
{
    public string Name { get; } = name;
    public char Short { get; } = @short;
    public string? Value { get; } = value;
    public string Area { get; } = area;
    public string Text { get; } = text;

    /// <summary>What holds if it is not given, for help.</summary>
    public string? Default { get; init; }

    /// <summary>May be given several times, each time for one thing more. Of others the last one counts.</summary>
    public bool Repeats { get; init; }

    /// <summary>The environment variable that says the same; null for none.</summary>
    public string? Variable { get; init; }

    /// <summary>Another long name that docker takes for it; not shown.</summary>
    public string? Alias { get; init; }

    public bool IsFlag => Value is null;

    /// <summary>"-m, --memory", as messages name it.</summary>
    public string Display => Short == '\0' ? $"--{Name}" : $"-{Short}, --{Name}";
}
