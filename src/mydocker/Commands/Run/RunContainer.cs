using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Cli.Commands.Run;

/// <summary>How the container is called and how long it stays.</summary>
internal static class RunContainer
{
    private const string Area = "Container";

    private static readonly OptionSpec s_interactive = new("interactive", 'i', null, Area, "Keep standard input open");
    private static readonly OptionSpec s_tty = new("tty", 't', null, Area, "Give the command a terminal");
    private static readonly OptionSpec s_detach = new("detach", 'd', null, Area, "Run in the background and print the container's id");
    private static readonly OptionSpec s_rm = new("rm", '\0', null, Area, "Remove the container when it ends");
    private static readonly OptionSpec s_name = new("name", '\0', "NAME", Area, "Name of the container") { Default = "made up" };
    private static readonly OptionSpec s_label = new("label", 'l', "KEY=VALUE", Area, "Note kept with the container") { Repeats = true };
    private static readonly OptionSpec s_labelFile = new("label-file", '\0', "FILE", Area, "Notes in FILE, one KEY=VALUE a line") { Repeats = true };
    private static readonly OptionSpec s_annotation = new("annotation", '\0', "KEY=VALUE", Area, "Note for the runtime") { Repeats = true };
    private static readonly OptionSpec s_quiet = new("quiet", '\0', null, Area, "Do not tell how a pull gets on");
    private static readonly OptionSpec s_attach = new("attach", '\0', "STREAM", Area, "Connect to stdin, stdout or stderr only") { Repeats = true };
    private static readonly OptionSpec s_cidfile = new("cidfile", '\0', "FILE", Area, "Write the container's id to FILE, which must not exist");

    private static readonly OptionSpec s_pull = new("pull", '\0', "WHEN", Area, "Fetch the image from its registry: missing, always or never") { Default = "missing" };
    private static readonly OptionSpec s_detachKeys = new("detach-keys", '\0', "KEYS", Area, "Keys that leave the container without ending it") { Default = "ctrl-p,ctrl-q" };
    private static readonly OptionSpec s_sigProxy = new("sig-proxy", '\0', null, Area, "Pass signals on to the command; --sig-proxy=false ends only this one") { Default = "true" };

    public static OptionSpec[] Options => [s_pull, s_quiet, SharedOptions.Platform, s_interactive, s_tty, s_attach, s_rm, s_name, s_label, s_labelFile, s_annotation, s_cidfile];

    /// <summary>Not of `create`.</summary>
    public static OptionSpec[] RunOnly => [s_detach, s_detachKeys, s_sigProxy];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.Pull = line.Text(s_pull, (option, text) => text is "missing" or "always" or "never" ? text : throw new OptionException(option, text, "use missing, always or never")) ?? "missing";
        options.Platform = line.Value(SharedOptions.Platform) is { } platform ? Images.Manifests.Platforms.Text(Images.Manifests.Platforms.Parse(platform)) : null;
        options.Interactive = line.Has(s_interactive);
        options.Terminal = line.Has(s_tty);
        options.Detach = line.Has(s_detach);
        options.DetachKeys = line.Text(s_detachKeys, SharedOptions.ParseKeys);
        options.KeepsSignals = line.Value(s_sigProxy) is not null && !line.Has(s_sigProxy);
        options.AutoRemove = line.Has(s_rm);
        options.Name = line.Text(s_name, NamesOption.ParseName);
        options.Quiet = line.Has(s_quiet);
        options.Attach = line.Values(s_attach).Length == 0 ? null : line.All(s_attach, ParseStream);
        if (options is { Attach: not null, Detach: true })
        {
            throw new EngineException("conflicting options: cannot specify both --attach and --detach");
        }

        options.Interactive |= options.Attach?.Contains("stdin") == true;
        foreach (var file in line.Values(s_labelFile))
        {
            foreach (var text in EnvironmentOption.ReadFile(s_labelFile.Display, file, _ => ""))
            {
                var (key, value) = NamesOption.ParseLabel(s_labelFile.Display, text);
                options.Labels[key] = value;
            }
        }

        foreach (var (key, value) in line.All(s_annotation, NamesOption.ParseLabel))
        {
            (options.Annotations ??= [])[key] = value;
        }

        foreach (var (key, value) in line.All(s_label, NamesOption.ParseLabel))
        {
            options.Labels[key] = value;
        }

        options.CidFile = line.Text(s_cidfile, (option, path)
            => path.Length == 0 ? throw new OptionException(option, path, "must be the path of a file")
                : Files.Exists(path) ? throw new OptionException(option, path, "the file exists already: another container may be using it; remove it, or name another")
                : Path.GetFullPath(path));
    }

    private static string ParseStream(string option, string text)
        => text.ToLowerInvariant() is ("stdin" or "stdout" or "stderr") ? text.ToLowerInvariant() : throw new OptionException(option, text, "use stdin, stdout or stderr");
}
