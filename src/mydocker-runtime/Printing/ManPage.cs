using System.Text;
using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>Manual pages (man(7), section 8) of the descriptions that --help prints.</summary>
internal static class ManPage
{
    public static string Overview()
    {
        var text = Head(ProgramName.Own)
            .Append($".SH NAME\n{Escape(ProgramName.Own)} \\- {Help.Title}\n")
            .Append($".SH SYNOPSIS\n.B {Escape(ProgramName.Own)}\n{Escape(Help.Usage)}\n")
            .Append($".SH DESCRIPTION\n{Escape(Help.About.Replace('\n', ' '))}\n.SH COMMANDS\n");
        foreach (var command in CommandList.All)
        {
            text.Append($".TP\n.BR {Escape($"{ProgramName.Own}-{command.Name}")} (8)\n{Escape(command.Summary)}\n");
        }

        AppendFlags(text.Append(".SH GLOBAL OPTIONS\n"), GlobalOptions.All);
        return text.Append(".SH SEE ALSO\n.BR mydocker (1),\n.BR podman (1),\n.BR criu (8)\n").ToString();
    }

    public static string Of(Command command)
    {
        var name = $"{ProgramName.Own}-{command.Name}";
        var text = Head(name)
            .Append($".SH NAME\n{Escape(name)} \\- {Escape(char.ToLowerInvariant(command.Summary[0]) + command.Summary[1..])}\n")
            .Append($".SH SYNOPSIS\n.B {Escape(ProgramName.Own)}\n[GLOBAL OPTIONS]\n.B {Escape(command.Name)}\n{Escape($"[OPTIONS] {command.Usage}".TrimEnd())}\n");
        if (command.Details is { } details)
        {
            text.Append($".SH DESCRIPTION\n.nf\n{string.Join('\n', details.Split('\n').Select(Escape))}\n.fi\n");
        }

        AppendFlags(text.Append(".SH OPTIONS\n"), [.. command.Flags, GlobalOptions.HelpFlag]);
        return text.Append($".SH SEE ALSO\n.BR {Escape(ProgramName.Own)} (8)\n").ToString();
    }

    private static StringBuilder Head(string title)
        => new($".TH {Escape(title.ToUpperInvariant())} 8 \"\" \"mydocker {BuildInfo.Version}\" \"mydocker\"\n");

    private static void AppendFlags(StringBuilder text, IReadOnlyList<Flag> flags)
    {
        foreach (var flag in flags)
        {
            text.Append($".TP\n.B {Escape(Help.Left(flag).Trim())}\n{Escape(Help.Right(flag))}\n");
        }
    }

    /// <summary>Backslashes, hyphens that are to be copied, and dots and quotes at the beginning of a line mean something to troff.</summary>
    private static string Escape(string text)
    {
        var plain = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return plain.StartsWith('.') || plain.StartsWith('\'') ? "\\&" + plain : plain;
    }
}
