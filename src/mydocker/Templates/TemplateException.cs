using MyDocker.Engine;

namespace MyDocker.Cli.Templates;

/// <summary>A --format that cannot be understood, or asks for what there is not.</summary>
/// <param name="exitCode">docker's: 64 for what cannot be understood, 1 for what is not there.</param>
internal sealed class TemplateException(string message, int exitCode = 64) : EngineException($"--format: {message}", exitCode)
{
    public const string Subset = "fields (.Name.Field), $variables, texts, numbers, | pipes, if/else/end, range/else/end, with/end, and the functions json, index, len, join, split, upper, lower, title, truncate, println, print, printf, eq, ne, lt, le, gt, ge, and, or, not are understood";
}
