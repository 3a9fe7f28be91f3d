using System.Text;
using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Printing;

/// <summary>Help, made of the descriptions of verbs and options. Plain text: it is read through pipes and pagers, too.</summary>
internal static class HelpText
{
    private const int MaxNameColumn = 34;

    private static int Width => Math.Clamp(Out.Columns ?? 100, 60, 110);

    public static string Overview()
    {
        var text = new StringBuilder("""
            Usage: mydocker [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]

            Run programs in containers: another Linux distribution on this one, isolated, with exactly
            the memory, CPU and network it is given.

            First steps:
              mydocker import rootfs.tar demo            make an image of a root file system
              mydocker run -it --rm demo /bin/sh         a shell in a new container
              mydocker run --rm -m 25m demo COMMAND      at most 25 MB of memory

            """);
        var area = "";
        foreach (var verb in Verbs.All())
        {
            if (verb.Area != area)
            {
                text.Append($"\n{verb.Area}:\n");
                area = verb.Area;
            }

            text.Append($"  {verb.Name,-10} {verb.Summary}\n");
        }

        text.Append("\nGlobal options, before the command (or by the environment variable named):\n");
        AppendOptions(text, GlobalOptions.All);
        text.Append("""

            'mydocker COMMAND --help' tells all about a command. 'mydocker container COMMAND' and
            'mydocker image COMMAND' spell the same commands as docker does.

            """);
        return text.ToString();
    }

    public static string Noun(string noun)
    {
        var text = new StringBuilder($"Usage: mydocker {noun} COMMAND\n\n{(noun == "system" ? "Look after this engine" : $"Manage {noun}s")}.\n\nCommands:\n");
        foreach (var name in Verbs.NamesOf(noun))
        {
            text.Append($"  {name,-10} {Verbs.Find(noun, name)!.Summary}\n");
        }

        return text.Append($"\n'mydocker {noun} COMMAND --help' tells all about a command.\n").ToString();
    }

    public static string Of(Verb verb, string name)
    {
        var text = new StringBuilder($"Usage: mydocker {name} {verb.Usage}\n\n{verb.Summary}\n");
        if (verb.Details is not null)
        {
            text.Append($"\n{verb.Details}\n");
        }

        if (verb.Aliases.Length > 0)
        {
            text.Append($"\nAlso spelled: mydocker {string.Join(", mydocker ", verb.Aliases)}\n");
        }

        foreach (var area in verb.Options.Select(o => o.Area).Distinct())
        {
            text.Append($"\n{(area.Length == 0 ? "Options" : area)}:\n");
            AppendOptions(text, [.. verb.Options.Where(o => o.Area == area)]);
        }

        if (verb.Examples.Length > 0)
        {
            text.Append("\nExamples:\n");
            foreach (var (command, explanation) in verb.Examples)
            {
                text.Append($"  {command}\n      {explanation}\n");
            }
        }

        return text.ToString();
    }

    private static void AppendOptions(StringBuilder text, OptionSpec[] options)
    {
        var column = Math.Min(MaxNameColumn, options.Max(o => Left(o).Length)) + 2;
        foreach (var option in options)
        {
            var left = Left(option);
            text.Append("  ").Append(left);
            text.Append(' ', left.Length + 2 > column ? 0 : column - left.Length);
            if (left.Length + 2 > column)
            {
                text.Append('\n').Append(' ', column + 2);
            }

            Wrap(text, Right(option), column + 2);
        }
    }

    internal static string Left(OptionSpec option)
        => $"{(option.Short == '\0' ? "    " : $"-{option.Short}, ")}--{option.Name}{(option.Value is null ? "" : " " + option.Value)}";

    internal static string Right(OptionSpec option)
    {
        var notes = new List<string>();
        if (option.Default is not null)
        {
            notes.Add($"default {option.Default}");
        }

        if (option.Repeats)
        {
            notes.Add("can be repeated");
        }

        if (option.Variable is not null)
        {
            notes.Add(option.Variable);
        }

        return notes.Count == 0 ? option.Text : $"{option.Text} ({string.Join("; ", notes)})";
    }

    private static void Wrap(StringBuilder text, string words, int indent)
    {
        var column = indent;
        var isFirst = true;
        foreach (var word in words.Split(' '))
        {
            if (!isFirst && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', indent);
                (column, isFirst) = (indent, true);
            }

            text.Append(isFirst ? "" : " ").Append(word);
            column += word.Length + (isFirst ? 0 : 1);
            isFirst = false;
        }

        text.Append('\n');
    }
}
