using MyDocker.Cli.Grammar;
using MyDocker.Images.References;
using MyDocker.Images.Store;

namespace MyDocker.Cli.Commands.Registry;

/// <summary>`import URL`: what it takes from <see cref="ImportCommand"/> is the words, and what it prints.</summary>
internal static partial class ImportUrl
{
    public static partial int Run(Invocation invocation, ImageReference? name, ImportSettings settings);
}
