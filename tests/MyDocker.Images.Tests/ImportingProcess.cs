using System.Runtime.CompilerServices;
using MyDocker.Images.References;
using MyDocker.Images.Registry;
using MyDocker.Images.Store;

namespace MyDocker.Images.Tests;

/// <summary>Lets a test run this program again as an importer or puller that it can kill.</summary>
internal static class ImportingProcess
{
    [ModuleInitializer]
    internal static void ImportIfAsked()
    {
        if (Environment.GetEnvironmentVariable("MYDOCKER_TEST_IMPORT")?.Split(' ') is [var root, var archive])
        {
            new ImageStore(root).Import(archive, ImageReference.Parse("killed"));
            Environment.Exit(0);
        }

        if (Environment.GetEnvironmentVariable("MYDOCKER_TEST_PULL")?.Split(' ') is [var pullRoot, var name])
        {
            try
            {
                new RegistryImages(pullRoot).Pull(new PullRequest(ImageReference.Parse(name)));
                Environment.Exit(0);
            }
            catch (ImageException e)
            {
                Console.Error.WriteLine(e.Message);
                Environment.Exit(1);
            }
        }
    }
}
