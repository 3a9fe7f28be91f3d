using System.Globalization;

namespace MyDocker.RuntimeCli.Grammar;

/// <summary>
/// A parsed command line, as the runtimes that this one stands in for read theirs: --name value, --name=value, one dash as
/// good as two (Go's flag package, runc), letters in a bundle (argp, crun), and "--".
/// </summary>
internal sealed class Arguments
{
    private readonly List<(Flag Flag, string Value)> _given = [];

    /// <summary>What is no option.</summary>
    public List<string> Words { get; } = [];

    /// <param name="flags">the options there are.</param>
    /// <param name="stopsAtFirstWord">what follows the first word is words, whatever it looks like.</param>
    /// <exception cref="UsageException">an option that there is not, or one without its value.</exception>
    public static Arguments Parse(IReadOnlyList<Flag> flags, ReadOnlySpan<string> line, bool stopsAtFirstWord)
    {
        var result = new Arguments();
        for (var i = 0; i < line.Length; i++)
        {
            var word = line[i];
            if (word == "--")
            {
                result.Words.AddRange(line[(i + 1)..]);
                break;
            }

            if (word.Length > 1 && word[0] == '-')
            {
                result.ReadOption(flags, line, ref i);
            }
            else if (stopsAtFirstWord)
            {
                result.Words.AddRange(line[i..]);
                break;
            }
            else
            {
                result.Words.Add(word);
            }
        }

        return result;
    }

    public bool Has(Flag flag) => Value(flag) is { } value && (!flag.IsSwitch || value == "true");

    /// <summary>The value of an option; of several the last; null if it is not given.</summary>
    public string? Value(Flag flag) => _given.FindLast(given => given.Flag == flag).Value;

    public IEnumerable<string> Values(Flag flag) => _given.Where(given => given.Flag == flag).Select(given => given.Value);

    /// <exception cref="UsageException">not a number from 0 on.</exception>
    public int Number(Flag flag, int otherwise = 0)
        => Value(flag) is not { } text ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new UsageException($"--{flag.Name}: \"{text}\" is not a number");

    private void ReadOption(IReadOnlyList<Flag> flags, ReadOnlySpan<string> line, ref int i)
    {
        var word = line[i];
        var equals = word.IndexOf('=');
        var name = (equals < 0 ? word : word[..equals]).TrimStart('-');
        var flag = Find(flags, name);
        if (flag is null && word[1] != '-' && ReadBundle(flags, word))
        {
            return;
        }

        if (flag is null)
        {
            throw new UsageException($"unknown option {(equals < 0 ? word : word[..equals])}");
        }

        if (equals >= 0)
        {
            Add(flag, word[(equals + 1)..]);
        }
        else if (flag.IsSwitch)
        {
            Add(flag, "true");
        }
        else if (++i < line.Length)
        {
            Add(flag, line[i]);
        }
        else
        {
            throw new UsageException($"flag needs an argument: --{flag.Name} {flag.Value}"); // in the words by which podman finds out what there is
        }
    }

    /// <summary>-td: several letters of switches, or a letter with its value behind it (-b/some/where).</summary>
    private bool ReadBundle(IReadOnlyList<Flag> flags, string word)
    {
        var found = new List<(Flag, string)>();
        for (var at = 1; at < word.Length; at++)
        {
            var flag = Find(flags, word.AsSpan(at, 1));
            if (flag is null)
            {
                return false;
            }

            if (!flag.IsSwitch)
            {
                found.Add((flag, word[(at + 1)..]));
                break;
            }

            found.Add((flag, "true"));
        }

        _given.AddRange(found);
        return true;
    }

    private void Add(Flag flag, string value)
    {
        if (flag.IsSwitch && value is not ("true" or "false"))
        {
            value = value switch
            {
                "1" or "t" or "T" or "TRUE" or "True" => "true",
                "0" or "f" or "F" or "FALSE" or "False" => "false",
                _ => throw new UsageException($"invalid value \"{value}\" for --{flag.Name}: it is on or off; use true or false"),
            };
        }

        _given.Add((flag, value));
    }

    private static Flag? Find(IReadOnlyList<Flag> flags, ReadOnlySpan<char> name)
    {
        foreach (var flag in flags)
        {
            if (name.SequenceEqual(flag.Name) || (name.Length == 1 && name[0] == flag.Letter))
            {
                return flag;
            }
        }

        return null;
    }
}
