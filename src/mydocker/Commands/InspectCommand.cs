using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Cli.Templates;
using MyDocker.Engine;
using MyDocker.Engine.Inspect;
using MyDocker.Images.Store;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands;

internal static class InspectCommand
{
    private static readonly OptionSpec s_format = new("format", 'f', "TEMPLATE", "", "Print by a Go template, such as {{.State.Status}} or {{json .Config.Env}}");
    private static readonly OptionSpec s_size = new("size", 's', null, "", "How much it has written, too: SizeRw and SizeRootFs, in bytes");
    private static readonly OptionSpec s_type = new("type", '\0', "container|image", "", "Look for a container or for an image only");

    public static Verb Verb => new()
    {
        Name = "inspect",
        Aliases = ["container inspect"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER|IMAGE [CONTAINER|IMAGE...]",
        Summary = "Tell all that is known about containers and images, as JSON in docker's shape",
        Details = """
            --format takes a subset of Go's templates: fields (.State.Status), $variables, pipes, if, range, with,
            and the functions json, index, len, join, split, upper, lower, title, truncate, println, print, printf,
            eq, ne, lt, le, gt, ge, and, or, not. Anything else is an error.
            Beyond docker's, State has ExitCodeKnown (false if the monitor was killed and nobody saw the code),
            Signal, OOMPaused (waits at its memory limit, run -k) and MonitorPid.
            """,
        Options = [s_format, s_size, s_type],
        LeastArguments = 1,
        Examples =
        [
            ("mydocker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' job", "how did it end?"),
            ("mydocker inspect -f '{{range .Mounts}}{{.Source}} {{end}}' web1", "what of the host does it see?"),
            ("mydocker inspect -f '{{index .Config.Labels \\\"job\\\"}}' web1", "one label"),
        ],
    };

    public static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var template = line.Value(s_format) is { } format && format != "json" ? new GoTemplate(format) : null;
        var type = line.Name.StartsWith("container", StringComparison.Ordinal) ? "container"
            : line.Text(s_type, (option, text) => text is "container" or "image" ? text : throw new OptionException(option, text, "use container or image; volumes have 'mydocker volume inspect'"));
        var roots = invocation.Global.Roots;
        var found = new List<object?>();
        var exitCode = Several.Each(line.Arguments, name =>
        {
            var document = DocumentOf(roots, name, type, line.Has(s_size));
            if (template is not null)
            {
                Out.Line(template.Fill(document));
            }
            else
            {
                found.Add(document);
            }
        });
        if (template is null && found.Count > 0)
        {
            Out.Line(DocumentText.Of(found, indented: line.Value(s_format) != "json"));
        }

        return exitCode;
    }

    // As docker has it: a container, or else an image of that name.
    private static Document DocumentOf(EngineRoots roots, string name, string? type, bool size)
    {
        var images = new ImageStore(roots.Data);
        if (type == "image")
        {
            return ImageInspectCommand.DocumentOf(images.Inspect(name));
        }

        try
        {
            return ContainerInspect.Run(roots, name, size);
        }
        catch (EngineException missing) when (type is null && missing.Message.StartsWith("no such container", StringComparison.Ordinal) && images.TryInspect(name) is { } image)
        {
            return ImageInspectCommand.DocumentOf(image);
        }
    }
}
