using System.Text;
using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>Help, made of the descriptions of commands and options, under runc's headings.</summary>
internal static class Help
{
    public const string Program = "mydocker-runtime";
    public const string Title = "Open Container Initiative runtime";
    public const string Usage = "[GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]";

    public const string About = """
        Run containers of OCI bundles (runtime-spec 1.3): a drop-in for runc under podman, containerd,
        Kubernetes and docker. A bundle is a directory with config.json and a root file system; make
        one with "spec".
        """;

    public static string Overview()
    {
        var text = new StringBuilder($"NAME:\n   {Program} - {Title}\n\nUSAGE:\n   {Program} {Usage}\n\nDESCRIPTION:\n{Indent(About)}\n\nCOMMANDS:\n");
        foreach (var command in CommandList.All)
        {
            text.Append($"   {command.Name,-11} {command.Summary}\n");
        }

        text.Append("\nGLOBAL OPTIONS:\n");
        AppendFlags(text, GlobalOptions.All);
        return text.Append($"\n'{Program} COMMAND --help' tells all about a command.\n").ToString();
    }

    public static string Of(Command command)
    {
        var text = new StringBuilder($"NAME:\n   {Program} {command.Name} - {command.Summary}\n\nUSAGE:\n   {$"{Program} {command.Name} {command.Usage}".TrimEnd()}\n");
        if (command.Details is not null)
        {
            text.Append($"\nDESCRIPTION:\n{Indent(command.Details)}\n");
        }

        text.Append("\nOPTIONS:\n");
        AppendFlags(text, [.. command.Flags, GlobalOptions.HelpFlag]);
        return text.ToString();
    }

    /// <summary>"-b, --bundle DIR".</summary>
    public static string Left(Flag flag)
        => $"{(flag.Letter == '\0' ? "    " : $"-{flag.Letter}, ")}--{flag.Name}{(flag.Value is null ? "" : " " + flag.Value)}";

    public static string Right(Flag flag)
        => flag.Text + (flag.Default is null ? flag.Repeats ? " (can be repeated)" : "" : $" (default {flag.Default})");

    private static void AppendFlags(StringBuilder text, IReadOnlyList<Flag> flags)
    {
        var column = flags.Max(flag => Left(flag).Length) + 2;
        foreach (var flag in flags)
        {
            text.Append($"   {Left(flag).PadRight(column)}{Right(flag)}\n");
        }
    }

    private static string Indent(string text)
        => string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? line : "   " + line));
}
