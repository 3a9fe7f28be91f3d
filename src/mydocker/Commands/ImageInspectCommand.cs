using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Cli.Templates;
using MyDocker.Images.Store;
using MyDocker.Oci.Image;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands;

internal static class ImageInspectCommand
{
    private static readonly OptionSpec s_format = new("format", 'f', "TEMPLATE", "", "Print by a Go template, such as {{.Architecture}} or {{json .Config.Env}}; json: in one line");

    public static Verb Verb => new()
    {
        Name = "inspect",
        Area = "Images",
        Usage = "[OPTIONS] IMAGE [IMAGE...]",
        Summary = "Tell all that is known about images, as JSON in docker's shape",
        Details = "--format: see mydocker inspect.",
        Options = [s_format, SharedOptions.Platform],
        LeastArguments = 1,
        Run = invocation =>
        {
            var line = invocation.Line;
            var format = line.Value(s_format);
            var template = format is null or "json" ? null : new GoTemplate(format);
            var store = new ImageStore(invocation.Global.Roots.Data);
            var found = new List<object?>();
            var exitCode = Several.Each(line.Arguments, name =>
            {
                var image = store.Inspect(name);
                OnePlatform.Check(line, image);
                if (template is null)
                {
                    found.Add(DocumentOf(image));
                }
                else
                {
                    Out.Line(template.Fill(DocumentOf(image)));
                }
            });
            if (template is null)
            {
                Out.Line(DocumentText.Of(found, indented: format is null));
            }

            return exitCode;
        },
    };

    internal static Document DocumentOf(ImageDetails image)
    {
        var config = image.Config;
        return new Document
        {
            ["Id"] = image.Id,
            ["RepoTags"] = List(image.Tags),
            ["RepoDigests"] = List(image.Digests),
            ["Parent"] = "",
            ["Comment"] = config.History?.LastOrDefault()?.Comment ?? "",
            ["Created"] = config.Created,
            ["Author"] = config.Author ?? "",
            ["Config"] = config.Config is null ? null : DocumentReader.Parse(ContainerConfigShape.Config.ToBytes(config.Config)),
            ["Architecture"] = config.Architecture,
            ["Variant"] = config.Variant,
            ["Os"] = config.Os,
            ["Size"] = image.Size,
            ["RootFS"] = new Document { ["Type"] = "layers", ["Layers"] = List(config.Rootfs?.DiffIds ?? []) },
            ["Descriptor"] = new Document { ["digest"] = image.Manifest },
        };
    }

    private static List<object?> List(IEnumerable<string> texts) => [.. texts];
}
