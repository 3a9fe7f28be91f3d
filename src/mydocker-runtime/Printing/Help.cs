using System.Text;
using MyDocker.RuntimeCli.Commands;
using MyDocker.RuntimeCli.Grammar;

namespace MyDocker.RuntimeCli.Printing;

/// <summary>Help, made of the descriptions of commands and options.</summary>
internal static class Help
{
    public static string Overview()
    {
        var text = new StringBuilder("""
            Usage: mydocker-runtime [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]

            Run containers of OCI bundles (runtime-spec 1.3): a drop-in for runc under podman, containerd,
            Kubernetes and docker. A bundle is a directory with config.json and a root file system; make
            one with "spec".

            Commands:

            """);
        foreach (var command in CommandList.All)
        {
            text.Append($"  {command.Name,-11} {command.Summary}\n");
        }

        text.Append("\nGlobal options:\n");
        AppendFlags(text, GlobalOptions.All);
        return text.Append("\n'mydocker-runtime COMMAND --help' tells all about a command.\n").ToString();
    }

    public static string Of(Command command)
    {
        var text = new StringBuilder($"{$"Usage: mydocker-runtime {command.Name} {command.Usage}".TrimEnd()}\n\n{command.Summary}\n");
        if (command.Details is not null)
        {
            text.Append($"\n{command.Details}\n");
        }

        text.Append("\nOptions:\n");
        AppendFlags(text, [.. command.Flags, GlobalOptions.HelpFlag]);
        return text.ToString();
    }

    private static void AppendFlags(StringBuilder text, IReadOnlyList<Flag> flags)
    {
        var column = flags.Max(flag => Left(flag).Length) + 4;
        foreach (var flag in flags)
        {
            var notes = flag.Default is null ? flag.Repeats ? " (can be repeated)" : "" : $" (default {flag.Default})";
            text.Append($"  {Left(flag).PadRight(column - 2)}{flag.Text}{notes}\n");
        }
    }

    private static string Left(Flag flag)
        => $"{(flag.Letter == '\0' ? "    " : $"-{flag.Letter}, ")}--{flag.Name}{(flag.Value is null ? "" : " " + flag.Value)}";
}
