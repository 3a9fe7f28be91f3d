using System.Globalization;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime.Events;

namespace MyDocker.Runtime.Cgroups;

public static partial class StatsReader
{
    private static MemoryData ReadMemoryV2(string directory)
    {
        var stat = Lines(directory + "/memory.stat");
        var usage = Number(directory + "/memory.current");
        var limit = Number(directory + "/memory.max") ?? 0;
        var swapLimit = Number(directory + "/memory.swap.max");
        return new MemoryData
        {
            Cache = stat.GetValueOrDefault("file"),
            Usage = usage is null ? null : new MemoryEntry { Usage = usage.Value, Limit = limit, Max = Number(directory + "/memory.peak") ?? 0, FailCount = Lines(directory + "/memory.events").GetValueOrDefault("max") },
            // v1's meaning: memory and swap together.
            Swap = usage is null || swapLimit is null ? null : new MemoryEntry
            {
                Usage = usage.Value + (Number(directory + "/memory.swap.current") ?? 0),
                Limit = swapLimit is ulong.MaxValue || limit is ulong.MaxValue ? ulong.MaxValue : swapLimit.Value + limit,
            },
            Raw = stat.Count > 0 ? stat : null,
            Pressure = ReadPressure(directory + "/memory.pressure"),
        };
    }

    /// <summary>Lines "8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 …".</summary>
    private static BlockIoData ReadIoV2(string directory)
    {
        var (bytes, operations) = (new List<BlockIoEntry>(), new List<BlockIoEntry>());
        foreach (var line in (Files.TryReadText(directory + "/io.stat", out _) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var device = words[0].Split(':');
            foreach (var word in words.Skip(1))
            {
                var (list, operation) = word[..Math.Max(0, word.IndexOf('='))] switch
                {
                    "rbytes" => (bytes, "Read"),
                    "wbytes" => (bytes, "Write"),
                    "rios" => (operations, "Read"),
                    "wios" => (operations, "Write"),
                    _ => (null, ""),
                };
                if (device.Length == 2 && list is not null)
                {
                    list.Add(new BlockIoEntry
                    {
                        Major = ulong.Parse(device[0], CultureInfo.InvariantCulture),
                        Minor = ulong.Parse(device[1], CultureInfo.InvariantCulture),
                        Operation = operation,
                        Value = ulong.Parse(word.AsSpan(word.IndexOf('=') + 1), NumberStyles.None, CultureInfo.InvariantCulture),
                    });
                }
            }
        }

        return new BlockIoData
        {
            ServiceBytes = bytes.Count > 0 ? bytes : null,
            Serviced = operations.Count > 0 ? operations : null,
            Pressure = ReadPressure(directory + "/io.pressure"),
        };
    }

    /// <summary>"some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and "full …"; null where the kernel does not tell (psi=0).</summary>
    public static PressureData? ReadPressure(string path)
    {
        if (Files.TryReadText(path, out _) is not { Length: > 0 } text)
        {
            return null;
        }

        PressureLine Line(string kind)
        {
            var line = text.Split('\n').FirstOrDefault(line => line.StartsWith(kind + " ", StringComparison.Ordinal)) ?? "";
            double Value(string key)
            {
                var start = line.IndexOf(key + "=", StringComparison.Ordinal) + key.Length + 1;
                var end = line.IndexOf(' ', Math.Min(line.Length, start));
                return start > key.Length && double.TryParse(line.AsSpan(start, (end < 0 ? line.Length : end) - start), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
            }

            return new PressureLine { Average10 = Value("avg10"), Average60 = Value("avg60"), Average300 = Value("avg300"), Total = (ulong)Value("total") };
        }

        return new PressureData { Some = Line("some"), Full = Line("full") };
    }
}
