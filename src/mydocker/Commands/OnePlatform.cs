using MyDocker.Cli.Grammar;
using MyDocker.Images;
using MyDocker.Images.Manifests;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands;

/// <summary>--platform of commands about images that are here: each is for one platform, and this says which is meant.</summary>
internal static class OnePlatform
{
    /// <exception cref="ImageException">the image is for another platform than the one asked for.</exception>
    public static void Check(CommandLine line, ImageDetails image)
    {
        if (line.Value(SharedOptions.Platform) is not { } text)
        {
            return;
        }

        var (wanted, config) = (Platforms.Parse(text), image.Config);
        if (!Platforms.Matches(config.Os, config.Architecture, config.Variant, wanted))
        {
            throw new ImageException($"{line.Name} {(image.Tags.Count > 0 ? image.Tags[0] : image.Id)}: the image is for {config.Os}/{config.Architecture}, and {Platforms.Text(wanted)} was asked for");
        }
    }

    /// <summary>The same for each image of a line.</summary>
    public static void Check(CommandLine line, ImageStore store)
    {
        if (line.Value(SharedOptions.Platform) is not null)
        {
            foreach (var name in line.Arguments)
            {
                Check(line, store.Inspect(name));
            }
        }
    }
}
