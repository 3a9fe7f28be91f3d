using System.Text;
using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>Help, made of the descriptions of commands and options, under runc's headings.</summary>
internal static class Help
{
    public const string Title = "Open Container Initiative runtime";
    public const string Usage = "[GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]";

    public const string About = """
        Run containers of OCI bundles (runtime-spec 1.3): a drop-in for runc under podman, containerd,
        Kubernetes and docker. A bundle is a directory with config.json and a root file system; make
        one with "spec".
        """;

    /// <param name="program">the name by which the program was called.</param>
    public static string Overview(string program)
    {
        var text = new StringBuilder($"NAME:\n   {program} - {Title}\n\nUSAGE:\n   {program} {Usage}\n\nDESCRIPTION:\n{Indent(About)}\n\nCOMMANDS:\n");
        foreach (var command in CommandList.All)
        {
            text.Append($"   {command.Name,-11} {command.Summary}\n");
        }

        text.Append("\nGLOBAL OPTIONS:\n");
        AppendFlags(text, GlobalOptions.All);
        return text.Append($"\n'{program} COMMAND --help' tells all about a command.\n").ToString();
    }

    /// <summary>The name as runc has it, for the eye, and the usage in one line as crun, where scripts look for either.</summary>
    public static string Of(string program, Command command)
    {
        var text = new StringBuilder($"NAME:\n   {program} {command.Name} - {command.Summary}\n\n{UsageOf(program, command)}\n");
        if (command.Details is not null)
        {
            text.Append($"\nDESCRIPTION:\n{Indent(command.Details)}\n");
        }

        text.Append($"\nOPTIONS, after \"{command.Name}\":\n");
        AppendFlags(text, [.. command.Flags, GlobalOptions.HelpFlag]);
        return text.ToString();
    }

    /// <summary>"Usage: crun [OPTION...] exec CONTAINER cmd [ARG...]".</summary>
    public static string UsageOf(string program, Command command) => $"Usage: {program} [OPTION...] {command.Name} {command.Usage}".TrimEnd();

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
