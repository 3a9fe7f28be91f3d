namespace MyDocker.Cli.Grammar;

/// <summary>Options with their values in the order given ("true" or "false" for flags), and what is left.</summary>
internal sealed record SplitTokens(List<(OptionSpec Option, string Value)> Options, List<string> Arguments);

/// <summary>
/// Finds where the options of a command line end, as docker's option library does: --name=value, --name value, -n value,
/// -nvalue, -n=value, bundles of letters (-it, -itm25m), flags with a value by '=' only (--rm=false), and "--".
/// System.CommandLine cannot be told that options end at the first argument, nor that a value may look like an option
/// (-e -x), so this is done first and it gets a line without doubt: see <see cref="CommandLine"/>.
/// </summary>
internal static class TokenSplitter
{
    /// <param name="specs">the options there are.</param>
    /// <param name="verb">as typed, for messages; "" before the verb.</param>
    /// <param name="optionsEndAtFirstArgument">what follows the first argument is arguments, whatever it looks like.</param>
    /// <exception cref="UsageException">an option that there is not, or one without its value.</exception>
    public static SplitTokens Split(OptionSpec[] specs, string verb, ReadOnlySpan<string> words, bool optionsEndAtFirstArgument)
    {
        var result = new SplitTokens([], []);
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (word == "--")
            {
                result.Arguments.AddRange(words[(i + 1)..]);
                break;
            }

            if (word.Length < 2 || word[0] != '-')
            {
                if (optionsEndAtFirstArgument)
                {
                    result.Arguments.AddRange(words[i..]);
                    break;
                }

                result.Arguments.Add(word);
            }
            else if (word[1] == '-')
            {
                ReadLong(specs, verb, words, ref i, result.Options);
            }
            else
            {
                ReadShort(specs, verb, words, ref i, result.Options);
            }
        }

        return result;
    }

    private static void ReadLong(OptionSpec[] specs, string verb, ReadOnlySpan<string> words, ref int i, List<(OptionSpec, string)> found)
    {
        var word = words[i];
        var equals = word.IndexOf('=');
        var name = equals < 0 ? word.AsSpan(2) : word.AsSpan(2, equals - 2);
        var spec = Find(specs, name) ?? throw Unknown(specs, verb, $"--{name}");
        if (equals >= 0)
        {
            var value = word[(equals + 1)..];
            found.Add((spec, spec.IsFlag ? Flag(verb, spec, value) : value));
        }
        else
        {
            found.Add((spec, spec.IsFlag ? "true" : Next(verb, spec, words, ref i)));
        }
    }

    private static void ReadShort(OptionSpec[] specs, string verb, ReadOnlySpan<string> words, ref int i, List<(OptionSpec, string)> found)
    {
        var word = words[i];
        for (var at = 1; at < word.Length; at++)
        {
            var spec = Find(specs, word[at]) ?? throw Unknown(specs, verb, word.Length == 2 ? word : $"-{word[at]} in {word}");
            var rest = word[(at + 1)..];
            if (spec.IsFlag && !rest.StartsWith('='))
            {
                found.Add((spec, "true"));
                continue;
            }

            rest = rest.StartsWith('=') ? rest[1..] : rest.Length > 0 ? rest : Next(verb, spec, words, ref i);
            found.Add((spec, spec.IsFlag ? Flag(verb, spec, rest) : rest));
            return;
        }
    }

    private static string Next(string verb, OptionSpec spec, ReadOnlySpan<string> words, ref int i)
        => ++i < words.Length ? words[i] : throw UsageException.Option(verb, $"option {spec.Display} needs a value, {spec.Value}");

    private static string Flag(string verb, OptionSpec spec, string value) => value switch
    {
        "true" or "1" => "true",
        "false" or "0" => "false",
        _ => throw UsageException.Option(verb, $"invalid value \"{value}\" for {spec.Display}: it is on or off; use true or false"),
    };

    private static UsageException Unknown(OptionSpec[] specs, string verb, string option)
    {
        var names = new List<string>();
        foreach (var spec in specs)
        {
            names.Add($"--{spec.Name}");
        }

        var nearest = option.StartsWith("--", StringComparison.Ordinal) ? Nearest.To(option, names) : null;
        return UsageException.Option(verb, $"unknown option {option}{(nearest is null ? "" : $" (did you mean {nearest}?)")}");
    }

    private static OptionSpec? Find(OptionSpec[] specs, ReadOnlySpan<char> name)
    {
        foreach (var spec in specs)
        {
            if (name.SequenceEqual(spec.Name) || (spec.Alias is { } alias && name.SequenceEqual(alias)))
            {
                return spec;
            }
        }

        return null;
    }

    private static OptionSpec? Find(OptionSpec[] specs, char letter)
    {
        foreach (var spec in specs)
        {
            if (spec.Short == letter && letter != '\0')
            {
                return spec;
            }
        }

        return null;
    }
}
