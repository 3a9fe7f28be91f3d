using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Options;

/// <summary>-e and --env-file: NAME=VALUE, or NAME alone for the value that the caller has.</summary>
public static class EnvironmentOption
{
    /// <summary>"NAME=VALUE"; null for a NAME alone that the caller has not set (docker leaves it out, too).</summary>
    /// <param name="caller">looks up the caller's environment.</param>
    public static string? Parse(string option, string text, Func<string, string?> caller)
    {
        var equals = text.IndexOf('=');
        if (equals == 0 || text.Length == 0)
        {
            throw new OptionException(option, text, "the name is missing; use NAME=VALUE, or NAME for the value that you have");
        }

        if (text.Contains('\0'))
        {
            throw new OptionException(option, text.Replace("\0", "\\0"), "must not contain a NUL character");
        }

        return equals > 0 ? text : caller(text) is { } value ? $"{text}={value}" : null;
    }

    /// <summary>One NAME=VALUE or NAME on each line; empty lines and lines that begin with # do not count. No quotes, no escapes.</summary>
    public static List<string> ReadFile(string option, string path, Func<string, string?> caller)
    {
        var text = Files.TryReadText(path, out var errno, limit: 16 << 20)
            ?? throw new OptionException(option, path, $"cannot read it: {errno.Describe()}");
        return ParseLines(option, path, text, caller);
    }

    private static List<string> ParseLines(string option, string path, string text, Func<string, string?> caller)
    {
        var result = new List<string>();
        var number = 0;
        foreach (var raw in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            var line = raw.TrimEnd('\r').TrimStart();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var equals = line.IndexOf('=');
            var name = equals < 0 ? line.TrimEnd() : line[..equals];
            if (name.Length == 0)
            {
                throw new OptionException(option, path, $"line {number} has no name before the \"=\"");
            }

            if (name.AsSpan().ContainsAny(' ', '\t'))
            {
                throw new OptionException(option, path, $"line {number}: the name \"{name}\" contains white space; use NAME=VALUE");
            }

            if (Parse(option, equals < 0 ? name : line, caller) is { } variable)
            {
                result.Add(variable);
            }
        }

        return result;
    }
}
