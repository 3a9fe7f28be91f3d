using System.Globalization;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime.Events;

namespace MyDocker.Runtime.Resctrl;

/// <summary>Reads shares and counters of a container's resctrl group for <c>events</c>; what the processor lacks is left out.</summary>
public static class RdtStats
{
    /// <param name="root">where resctrl is mounted.</param>
    /// <param name="path">the group's directory.</param>
    /// <param name="monitorPath">that of the monitoring group; null: the counters are those of the group.</param>
    public static IntelRdtData Read(string root, string path, string? monitorPath)
    {
        var all = Text($"{root}/schemata");
        var own = Text($"{path}/schemata");
        var (hasCache, hasBandwidth) = (Files.Exists($"{root}/info/L3"), Files.Exists($"{root}/info/MB"));
        var features = Text($"{root}/info/L3_MON/mon_features").Split('\n');
        var caches = Caches($"{monitorPath ?? path}/mon_data");
        return new IntelRdtData
        {
            L3CacheInfo = hasCache ? new L3CacheInfo { Mask = Text($"{root}/info/L3/cbm_mask"), LeastBits = Number($"{root}/info/L3/min_cbm_bits"), Groups = Number($"{root}/info/L3/num_closids") } : null,
            L3CacheSchemaRoot = hasCache ? Schemata.LineOf(all, "L3") : null,
            L3CacheSchema = hasCache ? Schemata.LineOf(own, "L3") : null,
            MemoryBandwidthInfo = hasBandwidth ? BandwidthInfo($"{root}/info/MB") : null,
            MemoryBandwidthSchemaRoot = hasBandwidth ? Schemata.LineOf(all, "MB") : null,
            MemoryBandwidthSchema = hasBandwidth ? Schemata.LineOf(own, "MB") : null,
            Schemata = [.. own.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
            Bandwidth = features.Any(feature => feature is "mbm_total_bytes" or "mbm_local_bytes")
                ? Array.ConvertAll(caches, cache => new BandwidthData { TotalBytes = Number($"{cache}/mbm_total_bytes"), LocalBytes = Number($"{cache}/mbm_local_bytes") }) : null,
            Occupancy = features.Contains("llc_occupancy") ? Array.ConvertAll(caches, cache => new OccupancyData { Bytes = Number($"{cache}/llc_occupancy") }) : null,
        };
    }

    /// <summary>A directory for each L3 cache, in their order.</summary>
    private static string[] Caches(string path)
    {
        string[] caches = [.. Files.List(path).FindAll(name => name.StartsWith("mon_L3_", StringComparison.Ordinal)).ConvertAll(name => $"{path}/{name}")];
        Array.Sort(caches, string.CompareOrdinal);
        return caches;
    }

    private static MemoryBandwidthInfo BandwidthInfo(string path) => new()
    {
        Granularity = Number($"{path}/bandwidth_gran"),
        IsLinear = Number($"{path}/delay_linear"),
        Least = Number($"{path}/min_bandwidth"),
        Groups = Number($"{path}/num_closids"),
    };

    private static string Text(string path) => Files.TryReadText(path, out _)?.Trim() ?? "";

    /// <summary>0 where the counter is not there, or "Unavailable".</summary>
    private static ulong Number(string path) => ulong.TryParse(Text(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
