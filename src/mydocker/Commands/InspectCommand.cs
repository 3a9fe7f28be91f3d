using System.Text.Json.Nodes;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Cli.Templates;
using MyDocker.Engine;
using MyDocker.Engine.Inspect;

namespace MyDocker.Cli.Commands;

internal static class InspectCommand
{
    private static readonly OptionSpec s_format = new("format", 'f', "TEMPLATE", "", "Print by a Go template, such as {{.State.Status}} or {{json .Config.Env}}");
    private static readonly OptionSpec s_size = new("size", 's', null, "", "How much it has written, too: SizeRw and SizeRootFs, in bytes");
    private static readonly OptionSpec s_type = new("type", '\0', "container", "", "Look for a container of this name only");

    public static Verb Verb => new()
    {
        Name = "inspect",
        Aliases = ["container inspect"],
        Area = "Containers",
        Usage = "[OPTIONS] CONTAINER [CONTAINER...]",
        Summary = "Tell all that is known about containers, as JSON in docker's shape",
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
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var template = line.Value(s_format) is { } format && format != "json" ? new GoTemplate(format) : null;
        _ = line.Text(s_type, (option, text) => text is "container" ? text : throw new Engine.OptionException(option, text, "use container; images have 'mydocker image inspect', volumes 'mydocker volume inspect'"));
        var roots = invocation.Global.Roots;
        var found = new JsonArray();
        var exitCode = Several.Each(line.Arguments, name =>
        {
            var document = ContainerInspect.Run(roots, name, line.Has(s_size));
            if (template is not null)
            {
                Out.Line(template.Fill(document));
            }
            else
            {
                found.Add((JsonNode)document);
            }
        });
        if (template is null && found.Count > 0)
        {
            Out.Line(TemplateFunctions.Json(found, indented: line.Value(s_format) != "json"));
        }

        return exitCode;
    }
}
