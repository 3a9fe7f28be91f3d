using System.Text;
using MyDocker.Cli.Grammar;

namespace MyDocker.Cli.Printing;

/// <summary>Manual pages (man(7)) of the descriptions that --help prints.</summary>
internal static class ManPage
{
    public static string Overview()
    {
        var text = Head("MYDOCKER").Append(".SH NAME\nmydocker \\- run containers\n.SH SYNOPSIS\n.B mydocker\n[GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]\n.SH COMMANDS\n");
        foreach (var (words, verb) in Verbs.Everything())
        {
            text.Append($".TP\n.BR mydocker-{Escape(words.Replace(' ', '-'))} (1)\n{Escape(verb.Summary)}\n");
        }

        text.Append(".SH GLOBAL OPTIONS\n");
        Options(text, GlobalOptions.All);
        return text.ToString();
    }

    public static string Of(Verb verb, string words)
    {
        var text = Head($"MYDOCKER-{words.Replace(' ', '-').ToUpperInvariant()}")
            .Append($".SH NAME\nmydocker-{Escape(words.Replace(' ', '-'))} \\- {Escape(char.ToLowerInvariant(verb.Summary[0]) + verb.Summary[1..])}\n")
            .Append($".SH SYNOPSIS\n.B mydocker {Escape(words)}\n{Escape(verb.Usage)}\n");
        if (verb.Details is { } details)
        {
            text.Append($".SH DESCRIPTION\n.nf\n{Lines(details)}\n.fi\n");
        }

        foreach (var area in verb.Options.Select(option => option.Area).Distinct())
        {
            text.Append($".SH {(area.Length == 0 ? "OPTIONS" : $"OPTIONS: {Escape(area.ToUpperInvariant())}")}\n");
            Options(text, [.. verb.Options.Where(option => option.Area == area)]);
        }

        if (verb.Examples.Length > 0)
        {
            text.Append(".SH EXAMPLES\n");
            foreach (var (command, explanation) in verb.Examples)
            {
                text.Append($".TP\n.B {Escape(command)}\n{Escape(explanation)}\n");
            }
        }

        return text.Append(".SH SEE ALSO\n.BR mydocker (1)\n").ToString();
    }

    private static StringBuilder Head(string title) => new($".TH {Escape(title)} 1 \"\" \"mydocker {BuildInfo.Version}\" \"mydocker\"\n");

    private static void Options(StringBuilder text, OptionSpec[] options)
    {
        foreach (var option in options)
        {
            text.Append($".TP\n.B {Escape(HelpText.Left(option).Trim())}\n{Escape(HelpText.Right(option))}\n");
        }
    }

    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(Escape));

    /// <summary>Backslashes, hyphens that are to be copied, and dots and quotes at the beginning of a line mean something to troff.</summary>
    private static string Escape(string text)
    {
        var plain = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return plain.StartsWith('.') || plain.StartsWith('\'') ? "\\&" + plain : plain;
    }
}
