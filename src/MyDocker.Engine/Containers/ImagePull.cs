using MyDocker.Engine.Options;
using MyDocker.Images;
using MyDocker.Images.Manifests;
using MyDocker.Images.References;
using MyDocker.Images.Store;
using MyDocker.Images.Users;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Containers;

/// <summary>
/// Fetches the image of a container where it is missing or --pull asks for it. Another program does: HTTP and TLS bring
/// threads, pages and time along, and a start is to have none of them (docs/adr/0006).
/// </summary>
internal static class ImagePull
{
    private static Fd StandardError { get; } = new(2);

    public static bool Helps(RunOptions options, ImageMissingException missing) => options.Pull != "never" && missing.Name is not null;

    public static void IfAlways(EngineRoots roots, RunOptions options)
    {
        if (options.Pull == "always" && ImageReference.TryParse(options.Image, out var name, out _) && !Files.Exists(options.Image))
        {
            Run(roots, options, name!);
        }
    }

    public static void Run(EngineRoots roots, RunOptions options, ImageReference name)
    {
        if (options.Pull != "always" && !options.Quiet)
        {
            Files.TryWrite(StandardError, System.Text.Encoding.UTF8.GetBytes($"Unable to find image '{name.Familiar}' locally\n"));
        }

        var arguments = new List<string> { "--root", roots.Data, "pull" };
        if (options.Platform is { } platform)
        {
            arguments.AddRange(["--platform", platform]);
        }

        if (options.Quiet)
        {
            arguments.Add("--quiet");
        }

        arguments.Add(name.Canonical);

        // Its progress is not the container's output.
        if (ImagesProgram.Run(arguments, [new FdMapping(2, 1)]) != 0)
        {
            throw new EngineException($"image {name.Familiar} is not here and could not be fetched; --pull never does without trying");
        }
    }

    /// <summary>Refuses what this host cannot run, and what is not for the platform that was asked for.</summary>
    public static void CheckPlatform(RunOptions options, ResolvedImage image)
    {
        if (image.LayersParent is null)
        {
            return; // a directory says nothing of itself
        }

        if (options.Platform is { } wanted && !Platforms.Matches(image.Config.Os, image.Config.Architecture, image.Config.Variant, Platforms.Parse(wanted)))
        {
            _ = ImageReference.TryParse(options.Image, out var name, out _);
            throw new ImageMissingException($"find image {image.Reference} for {wanted}: the one that is here is for {image.Config.Os}/{image.Config.Architecture}", name);
        }

        Platforms.CheckRunnable(image.Reference, image.Config, path =>
        {
            using var root = new LayeredRoot(image.LowerDirectories);
            return root.ReadHead(path, 1, out _) is not null;
        });
    }
}
