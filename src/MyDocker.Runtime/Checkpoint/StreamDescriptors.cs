using System.Text.Json;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>
/// descriptors.json beside the images, as runc has it: what the standard streams of the container's process were, "pipe:[NUMBER]"
/// for a pipe. A pipe to somebody outside is replaced by the stream of who restores.
/// </summary>
internal static class StreamDescriptors
{
    private const string File = "descriptors.json";
    private const string Pipe = "pipe:[";

    public static void Save(string imagePath, int pid, IReadOnlyCollection<int> processes)
    {
        var inside = PipesWithin(processes);
        var streams = new List<string>();
        for (var number = 0; number < 3; number++)
        {
            var stream = Files.TryReadLink($"/proc/{pid}/fd/{number}") ?? "";
            streams.Add(inside.Contains(stream) ? "" : stream);
        }

        Files.WriteAtomically($"{imagePath}/{File}", JsonSerializer.SerializeToUtf8Bytes(streams, RuntimeJson.Default.ListString));
    }

    /// <summary>The streams that are pipes: what CRIU calls it, and the stream of this process that takes its place.</summary>
    public static IEnumerable<(string Key, int Fd)> Load(string imagePath)
    {
        var text = Files.TryReadBytes($"{imagePath}/{File}", out var errno)
            ?? throw new ContainerException($"{imagePath} has no checkpoint of a container: {File}: {errno.Describe()}");
        try
        {
            var streams = JsonSerializer.Deserialize(text, RuntimeJson.Default.ListString) ?? [];
            return streams.Select((stream, number) => (stream, number)).Where(one => one.stream.StartsWith(Pipe, StringComparison.Ordinal));
        }
        catch (JsonException e)
        {
            throw new ContainerException($"{imagePath}/{File} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Pipes of which the container's processes hold both ends: they are in the images.</summary>
    private static HashSet<string> PipesWithin(IReadOnlyCollection<int> processes)
    {
        var ends = new Dictionary<string, int>();
        foreach (var pid in processes)
        {
            foreach (var number in Files.List($"/proc/{pid}/fd"))
            {
                if (Files.TryReadLink($"/proc/{pid}/fd/{number}") is { } link && link.StartsWith(Pipe, StringComparison.Ordinal))
                {
                    ends[link] = ends.GetValueOrDefault(link) | EndOf(pid, number);
                }
            }
        }

        return [.. ends.Where(pair => pair.Value == 3).Select(pair => pair.Key)];
    }

    /// <summary>1 for the end that is read from, 2 for the other, 3 for both (proc_pid_fdinfo(5): flags, octal).</summary>
    private static int EndOf(int pid, string number)
    {
        const int O_ACCMODE = 3;
        var line = Files.TryReadText($"/proc/{pid}/fdinfo/{number}", out _)?.Split('\n').FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return line is null ? 0 : (Convert.ToInt32(line["flags:".Length..].Trim(), 8) & O_ACCMODE) switch { 0 => 1, 1 => 2, _ => 3 };
    }
}
