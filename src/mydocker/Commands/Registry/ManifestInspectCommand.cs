using System.Text.Json;
using System.Text;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Oci.Image;
using MyDocker.Oci.Json;

namespace MyDocker.Cli.Commands.Registry;

internal static class ManifestInspectCommand
{
    private static readonly OptionSpec s_insecure = new("insecure", '\0', null, "", "Without TLS, or with a certificate that cannot be checked");
    private static readonly OptionSpec s_verbose = new("verbose", 'v', null, "", "Also the manifest of each platform, with its descriptor");
    private static readonly OptionSpec s_raw = new("raw", '\0', null, "", "The bytes as the registry has them, which its digest is about");

    public static Verb Verb => new()
    {
        Name = "inspect",
        Area = "Images",
        Usage = "[OPTIONS] NAME[:TAG|@DIGEST]",
        Summary = "Show the manifest or index that a registry has under a name",
        Options = [s_insecure, s_raw, s_verbose],
        NeedsRoot = false,
        LeastArguments = 1,
        MostArguments = 1,
        Examples = [("mydocker manifest inspect debian:12", "for which platforms is there one?")],
        Run = Run,
    };

    private static int Run(Invocation invocation)
    {
        var line = invocation.Line;
        var images = new RegistryImages(invocation.Global.Roots.Data);
        var name = ImageReference.Parse(line.Arguments[0]);
        if (!line.Has(s_verbose))
        {
            var bytes = images.Manifest(name, Out.Error, line.Has(s_insecure));
            Out.Write(line.Has(s_raw) ? Encoding.UTF8.GetString(bytes) : DocumentText.Of(DocumentReader.Parse(bytes), indented: true) + "\n");
            return 0;
        }

        // docker prints an array for an index, and one object for a manifest.
        var parts = images.Manifests(name, Out.Error, line.Has(s_insecure));
        var documents = parts.Select(part => DocumentOf(name, part)).ToList();
        Out.Line(DocumentText.Of(documents is [var only] && !parts[0].IsOfIndex ? only : new List<object?>(documents), indented: true));
        return 0;
    }

    private static Document DocumentOf(ImageReference name, ManifestPart part) => new Document
    {
        ["Ref"] = part.IsOfIndex ? $"{name.Canonical}@{part.Descriptor.Digest}" : name.Canonical,
        ["Descriptor"] = DocumentReader.Parse(JsonSerializer.SerializeToUtf8Bytes(part.Descriptor, ImageJson.Default.Descriptor)),
        ["Raw"] = Convert.ToBase64String(part.Bytes),
        [part.Descriptor.MediaType.StartsWith("application/vnd.docker.", StringComparison.Ordinal) ? "SchemaV2Manifest" : "OCIManifest"] = DocumentReader.Parse(part.Bytes),
    };
}
