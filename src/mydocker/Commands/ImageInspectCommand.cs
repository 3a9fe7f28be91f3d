using System.Text.Json;
using System.Text.Json.Nodes;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.Store;
using MyDocker.Oci.Image;

namespace MyDocker.Cli.Commands;

internal static class ImageInspectCommand
{
    private static readonly OptionSpec s_format = new("format", 'f', "json", "", "Print JSON in one line");

    public static Verb Verb => new()
    {
        Name = "inspect",
        Area = "Images",
        Usage = "[OPTIONS] IMAGE [IMAGE...]",
        Summary = "Tell all that is known about images, as JSON in docker's shape",
        Options = [s_format],
        LeastArguments = 1,
        Run = invocation =>
        {
            var line = invocation.Line;
            var format = line.Text(s_format, (option, text) => text == "json" ? text : throw new Engine.OptionException(option, text, "use json"));
            var store = new ImageStore(invocation.Global.Roots.Data);
            var found = new JsonArray();
            var exitCode = Several.Each(line.Arguments, name => found.Add((JsonNode)Document(store.Inspect(name))));
            Out.Line(JsonText.Of(found, indented: format is null));
            return exitCode;
        },
    };

    internal static JsonObject Document(ImageDetails image)
    {
        var config = image.Config;
        return new JsonObject
        {
            ["Id"] = image.Id,
            ["RepoTags"] = List(image.Tags),
            ["RepoDigests"] = List(image.Digests),
            ["Parent"] = "",
            ["Comment"] = config.History?.LastOrDefault()?.Comment ?? "",
            ["Created"] = config.Created,
            ["Author"] = config.Author ?? "",
            ["Config"] = config.Config is null ? null : JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(config.Config, ImageJson.Default.ContainerConfig)),
            ["Architecture"] = config.Architecture,
            ["Variant"] = config.Variant,
            ["Os"] = config.Os,
            ["Size"] = image.Size,
            ["RootFS"] = new JsonObject { ["Type"] = "layers", ["Layers"] = List(config.Rootfs?.DiffIds ?? []) },
            ["Descriptor"] = new JsonObject { ["digest"] = image.Manifest },
        };
    }

    private static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
