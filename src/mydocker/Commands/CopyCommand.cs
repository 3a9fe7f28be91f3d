using Microsoft.Win32.SafeHandles;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Engine.Commands;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Cli.Commands;

internal static class CopyCommand
{
    private static readonly OptionSpec s_archive = new("archive", 'a', null, "", "Keep owners; else all belongs to root in the container, to you on the host");
    private static readonly OptionSpec s_follow = new("follow-link", 'L', null, "", "A link as the source is what it leads to");
    private static readonly OptionSpec s_quiet = new("quiet", 'q', null, "", "Do not tell what was copied");

    public static Verb Verb => new()
    {
        Name = "cp",
        Aliases = ["container cp"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER:PATH PATH|- or PATH|- CONTAINER:PATH",
        Summary = "Copy files from a container to the host, or back",
        Details = """
            The container may run, or have ended, or not have run yet; volumes are part of it. A directory is copied
            with all that is in it: 'cp web1:/etc x' makes x, or x/etc if x is there; 'cp web1:/etc/. x' copies what is
            in it. A path in the container is absolute, with or without the first slash. '-' is a tar archive, on
            standard input (plain, gzip, zstd or xz) or standard output. Set-id bits and devices come to the host with
            -a only.
            """,
        Options = [s_archive, s_follow, s_quiet],
        LeastArguments = 2,
        MostArguments = 2,
        Examples = [("mydocker cp web1:/etc/hosts .", "a file to the working directory"), ("mydocker cp site/. web1:/srv", "what is in a directory"), ("mydocker cp web1:/var/log - | tar -t", "as an archive")],
        Run = invocation => Run(invocation.Global.Roots, invocation.Line),
    };

    private static int Run(EngineRoots roots, CommandLine line)
    {
        var (from, to) = (Split(line.Arguments[0]), Split(line.Arguments[1]));
        var options = new CopyOptions { Archive = line.Has(s_archive), FollowLink = line.Has(s_follow) };
        var result = (from.Container, to.Container) switch
        {
            (null, null) => throw new EngineException("cp: one of the two must be in a container: CONTAINER:PATH", exitCode: 1),
            (not null, not null) => throw new EngineException("cp: copying from one container to another is not possible; go by way of the host, or: mydocker cp A:PATH - | mydocker cp - B:PATH", exitCode: 1),
            ({ } container, null) => to.Path == "-" ? ToOutput(roots, container, from.Path, options) : ContainerCopy.FromContainer(roots, container, from.Path, to.Path, options),
            (null, { } container) => from.Path == "-" ? FromInput(roots, container, to.Path) : ContainerCopy.ToContainer(roots, from.Path, container, to.Path, options),
        };
        foreach (var note in result?.Notes ?? [])
        {
            Out.Error($"warning: {note}");
        }

        if (result is not null && !line.Has(s_quiet) && Out.IsTerminal)
        {
            Out.ErrorText($"Successfully copied {Human.Size(result.Bytes)} to {Out.Printable(line.Arguments[1])}\n");
        }

        return 0;
    }

    /// <summary>docker's rule: a colon parts the container from the path, unless the text begins with a slash or a dot.</summary>
    private static (string? Container, string Path) Split(string text)
    {
        var colon = text.IndexOf(':');
        return colon < 0 || text[0] is '/' or '.' ? (null, text) : (text[..colon], text[(colon + 1)..]);
    }

    private static CopyResult? ToOutput(EngineRoots roots, string container, string path, CopyOptions options)
    {
        if (Terminal.IsTerminal(1))
        {
            throw new EngineException("an archive is not for a terminal; send standard output somewhere", exitCode: 1);
        }

        using var output = new FdOutput(1);
        ContainerCopy.FromContainer(roots, container, path, output, options);
        return null;
    }

    private static CopyResult FromInput(EngineRoots roots, string container, string path)
    {
        if (Terminal.IsTerminal(0))
        {
            throw new EngineException("an archive does not come from a terminal; pipe one in: tar -c … | mydocker cp - CONTAINER:DIR", exitCode: 1);
        }

        using var input = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read);
        return ContainerCopy.ToContainer(roots, input, container, path);
    }
}
