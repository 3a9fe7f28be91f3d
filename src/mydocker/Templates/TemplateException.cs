using MyDocker.Engine;

namespace MyDocker.Cli.Templates;

/// <summary>A --format that cannot be understood, or asks for what there is not.</summary>
internal sealed class TemplateException(string message) : EngineException($"--format: {message}", exitCode: 64)
{
    public const string Subset = "fields (.Name.Field), $variables, texts, numbers, | pipes, if/else/end, range/else/end, with/end, and the functions json, index, len, join, split, upper, lower, title, truncate, println, print, printf, eq, ne, lt, le, gt, ge, and, or, not are understood";
}
