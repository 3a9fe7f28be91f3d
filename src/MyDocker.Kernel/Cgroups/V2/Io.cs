using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>The v2 io controller (cgroup-v2.rst, "IO"). Rates per second.</summary>
public static class Io
{
    /// <summary>A v1 weight (10–1000): as it is for BFQ, stretched to 1–10000 for io.weight, as runc does.</summary>
    public static void Weight(in CgroupWrites writes, ushort weight)
        => writes.Add("io.bfq.weight", weight.ToString(), otherwise: ("io.weight", $"default {WeightOfBlkio(weight)}"));

    public static void WeightDevice(in CgroupWrites writes, long major, long minor, ushort weight)
        => writes.Add("io.bfq.weight", $"{major}:{minor} {weight}", otherwise: ("io.weight", $"{major}:{minor} {WeightOfBlkio(weight)}"),
            remedy: "weights need the BFQ scheduler or the iocost controller on that disk");

    /// <param name="what">rbps, wbps, riops or wiops.</param>
    /// <param name="rate">0 for no limit, as on v1.</param>
    public static void Max(in CgroupWrites writes, long major, long minor, string what, ulong rate)
        => writes.Add("io.max", $"{major}:{minor} {what}={(rate == 0 ? "max" : rate.ToString())}",
            remedy: "is that a whole disk (not a partition) of this host?");

    public static ulong WeightOfBlkio(ushort weight) => weight == 0 ? 0 : 1 + (((ulong)weight - 10) * 9999 / 990);

    /// <summary>Lines "8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0".</summary>
    public static List<IoStats> Read(string directory)
    {
        var stats = new List<IoStats>();
        foreach (var line in (Files.TryReadText(directory + "/io.stat", out _) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            var device = words[0].Split(':');
            if (device.Length == 2 && int.TryParse(device[0], out var major) && int.TryParse(device[1], out var minor))
            {
                stats.Add(new IoStats(major, minor, Value(words, "rbytes="), Value(words, "wbytes="), Value(words, "rios="), Value(words, "wios=")));
            }
        }

        return stats;
    }

    private static long Value(string[] words, string key)
    {
        foreach (var word in words)
        {
            if (word.StartsWith(key, StringComparison.Ordinal) && long.TryParse(word.AsSpan(key.Length), out var value))
            {
                return value;
            }
        }

        return 0;
    }
}
