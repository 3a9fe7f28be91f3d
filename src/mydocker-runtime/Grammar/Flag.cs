namespace MyDocker.RuntimeCli.Grammar;

/// <summary>One option, described once: parsing and help read this. Identity is the object.</summary>
/// <param name="name">the long name, without dashes.</param>
/// <param name="value">what its value is called in help ("FILE"); null for one that is on or off.</param>
/// <param name="text">one short sentence, without a full stop.</param>
internal sealed class Flag(string name, string? value, string text)
{
    public string Name { get; } = name;
    public string? Value { get; } = value;
    public string Text { get; } = text;

    /// <summary>The letter; '\0' for none.</summary>
    public char Letter { get; init; }

    /// <summary>What holds if it is not given, for help.</summary>
    public string? Default { get; init; }

    /// <summary>May be given several times, each time for one thing more. Of others the last one counts.</summary>
    public bool Repeats { get; init; }

    public bool IsSwitch => Value is null;
}
