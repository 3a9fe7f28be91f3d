using MyDocker.Cli.Commands;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace MyDocker.Cli.Grammar;

/// <summary>
/// A verb's parsed command line. <see cref="TokenSplitter"/> says where options end; System.CommandLine parses, with the
/// options of this one verb and no others.
/// </summary>
internal sealed class CommandLine
{
    /// <summary>What System.CommandLine allows at most. Arguments do not go through it: a command may have more.</summary>
    private const int MostValues = 100_000;

    private readonly Verb _verb;
    private readonly ParseResult _result;
    /// <summary>Of each specification; null where the line does not name it: making one costs more than reading its value.</summary>
    private readonly Option<string[]>?[] _options;
    private readonly OptionSpec[] _specs;

    private CommandLine(Verb verb, string name, OptionSpec[] specs, Option<string[]>?[] options, ParseResult result, IReadOnlyList<string> arguments, bool wantsHelp)
        => (_verb, Name, _specs, _options, _result, Arguments, WantsHelp) = (verb, name, specs, options, result, arguments, wantsHelp);

    /// <summary>The verb as it was typed: "container ls".</summary>
    public string Name { get; }

    public IReadOnlyList<string> Arguments { get; }
    public bool WantsHelp { get; }

    public static CommandLine Parse(Verb verb, string name, ReadOnlySpan<string> words)
    {
        var specs = WithHelp(verb.Options);
        var split = TokenSplitter.Split(specs, name, words, verb.OptionsEndAtFirstArgument);
        var command = new Command(verb.Name);
        var options = new Option<string[]>?[specs.Length];
        foreach (var (spec, _) in split.Options)
        {
            ref var option = ref options[Array.IndexOf(specs, spec)];
            if (option is null)
            {
                option = new Option<string[]>("--" + spec.Name) { Arity = new ArgumentArity(1, MostValues) };
                command.Add(option);
            }
        }

        // No response files (@name would read a file) and no bundles: the splitter has taken them apart.
        var result = command.Parse(Canonical(split), new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            throw UsageException.Option(name, result.Errors[0].Message);
        }

        return new CommandLine(verb, name, specs, options, result, split.Arguments, split.Options.Exists(o => o.Option == GlobalOptions.HelpOption || o.Option == SharedOptions.HelpOnly));
    }

    /// <summary>Whether a flag is on, or an option with a value is given.</summary>
    public bool Has(OptionSpec spec)
    {
        var values = Values(spec);
        return values.Length > 0 && (!spec.IsFlag || values[^1] == "true");
    }

    /// <summary>The value of an option; of several the last.</summary>
    public string? Value(OptionSpec spec) => Values(spec) is { Length: > 0 } values ? values[^1] : null;

    /// <summary>All values of an option that can be repeated, in the order given.</summary>
    public string[] Values(OptionSpec spec)
    {
        var index = Array.IndexOf(_specs, spec);
        return index < 0 || _options[index] is not { } option ? [] : Texts(_result.GetResult(option)?.Tokens);
    }

    /// <summary>The value, checked and converted; null if it is not given.</summary>
    /// <param name="parse">takes the option's name for messages, and the text.</param>
    public T? Value<T>(OptionSpec spec, Func<string, string, T> parse)
        where T : struct
        => Value(spec) is { } text ? parse(spec.Display, text) : null;

    public string? Text(OptionSpec spec, Func<string, string, string> parse)
        => Value(spec) is { } text ? parse(spec.Display, text) : null;

    public List<T> All<T>(OptionSpec spec, Func<string, string, T> parse)
    {
        var result = new List<T>();
        foreach (var text in Values(spec))
        {
            result.Add(parse(spec.Display, text));
        }

        return result;
    }

    /// <exception cref="UsageException">too few or too many arguments.</exception>
    public void CheckArguments()
    {
        if (Arguments.Count < _verb.LeastArguments || Arguments.Count > _verb.MostArguments)
        {
            var needed = _verb.MostArguments == 0 ? "no arguments"
                : _verb.LeastArguments == _verb.MostArguments ? $"exactly {Count(_verb.LeastArguments)}"
                : Arguments.Count < _verb.LeastArguments ? $"at least {Count(_verb.LeastArguments)}"
                : $"at most {Count(_verb.MostArguments)}";
            throw new UsageException($"{Name} takes {needed}, got {Arguments.Count}; usage: mydocker {Name} {_verb.Usage}; see '{UsageException.Help(Name)}'", _verb.UsageExitCode);
        }
    }

    private static string Count(int number) => number == 1 ? "1 argument" : $"{number} arguments";

    /// <summary>-h is help, but where the verb has another use for the letter.</summary>
    private static OptionSpec[] WithHelp(OptionSpec[] specs)
        => [.. specs, Array.Exists(specs, s => s.Short == 'h') ? SharedOptions.HelpOnly : GlobalOptions.HelpOption];

    private static List<string> Canonical(SplitTokens split)
    {
        var words = new List<string>(2 * split.Options.Count);
        foreach (var (option, value) in split.Options)
        {
            if (value.Length > 0)
            {
                words.Add($"--{option.Name}={value}");
            }
            else
            {
                words.Add($"--{option.Name}");
                words.Add("");
            }
        }

        return words;
    }

    private static string[] Texts(IReadOnlyList<Token>? tokens)
    {
        if (tokens is null || tokens.Count == 0)
        {
            return [];
        }

        var texts = new string[tokens.Count];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = tokens[i].Value;
        }

        return texts;
    }
}
