using Microsoft.Win32.SafeHandles;
using MyDocker.Cli.Grammar;
using MyDocker.Cli.Printing;
using MyDocker.Engine;
using MyDocker.Images.Manifests;
using MyDocker.Images.Store;
using MyDocker.Kernel.Terminals;

namespace MyDocker.Cli.Commands;

internal static class LoadCommand
{
    private static readonly OptionSpec s_input = new("input", 'i', "FILE", "", "Read FILE, or the directory of an OCI image layout, instead of standard input");

    public static Verb Verb => new()
    {
        Name = "load",
        Aliases = ["image load"],
        Area = "Images",
        Usage = "[OPTIONS]",
        Summary = "Read images from a tar archive",
        Details = """
            What 'mydocker save', 'docker save', podman, skopeo and buildkit write: docker archives and
            OCI image layouts, plain or compressed.
            """,
        Options = [s_input, SharedOptions.Platform, SharedOptions.Quiet],
        MostArguments = 0,
        Examples = [("mydocker load -i web.tar.zst", "from a file"), ("docker save web | mydocker load", "from docker")],
        Run = invocation =>
        {
            var line = invocation.Line;
            var store = new ImageStore(invocation.Global.Roots.Data);
            var path = line.Value(s_input);
            var platform = line.Value(SharedOptions.Platform) is { } text ? Platforms.Parse(text) : null;
            if (path is null && Terminal.IsTerminal(0))
            {
                throw new EngineException("an archive is expected on standard input, which is a terminal; use -i FILE", exitCode: 1);
            }

            foreach (var (name, id) in path is not null && Directory.Exists(path) ? store.LoadLayout(path, Out.Error, platform) : Load(store, path, platform))
            {
                Out.Line(line.Has(SharedOptions.Quiet) ? id : name is null ? $"Loaded image ID: {id}" : $"Loaded image: {name.Familiar}");
            }

            return 0;
        },
    };

    private static IReadOnlyList<(Images.References.ImageReference? Name, string Id)> Load(ImageStore store, string? path, Oci.Image.Platform? platform)
    {
        try
        {
            using var input = path is null
                ? new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, 1)
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            return store.Load(input, path ?? "standard input", Out.Error, platform);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"read {path ?? "standard input"}: {e.Message}", exitCode: 1);
        }
    }
}
