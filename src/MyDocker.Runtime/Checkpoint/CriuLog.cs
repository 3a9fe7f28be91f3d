using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>The log file of a CRIU that has failed: its errors, with the few lines before each, are worth a warning.</summary>
internal static class CriuLog
{
    private const int Before = 5;
    private const int Largest = 16 << 20;

    /// <summary>Quotes the log, if there is one, and names it in the error.</summary>
    public static ContainerException Explain(ContainerException failure, string directory, string file)
    {
        var path = $"{directory}/{file}";
        if (Files.TryReadText(path, out _, limit: Largest) is not { } text)
        {
            return failure;
        }

        var lines = Select(text.Split('\n'));
        if (lines.Count > 0)
        {
            RuntimeLog.Warn($"--- Quoting \"{path}\"");
            lines.ForEach(RuntimeLog.Warn);
            RuntimeLog.Warn("---");
        }

        return new ContainerException($"{failure.Message}; log file: {path}", failure);
    }

    /// <summary>"NUMBER:LINE" of the lines with errors and those before them; "..." where others are left out.</summary>
    internal static List<string> Select(IReadOnlyList<string> lines)
    {
        var result = new List<string>();
        var next = 0;
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].Contains("Error", StringComparison.Ordinal))
            {
                continue;
            }

            var first = Math.Max(next, i - Before);
            if (first > next && next > 0)
            {
                result.Add("...");
            }

            for (next = i + 1; first < next; first++)
            {
                result.Add($"{first + 1}:{lines[first]}");
            }
        }

        return result;
    }
}
