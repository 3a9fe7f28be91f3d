namespace MyDocker.Kernel.Cgroups.V1;

/// <summary>The v1 blkio controller (cgroup-v1/blkio-controller.rst). Rates per second.</summary>
public static class BlockIo
{
    private const string NoScheduler = "weights need the BFQ scheduler: load the module bfq and choose it in /sys/block/DEVICE/queue/scheduler";

    /// <summary>Weight 10–1000. The file of CFQ (before Linux 5.0), else that of BFQ.</summary>
    public static void Weight(in CgroupWrites writes, ushort weight)
        => writes.Add("blkio.weight", weight.ToString(), remedy: NoScheduler, otherwise: ("blkio.bfq.weight", weight.ToString()));

    public static void LeafWeight(in CgroupWrites writes, ushort weight)
        => writes.Add("blkio.leaf_weight", weight.ToString(), remedy: "leaf weights went away with the CFQ scheduler in Linux 5.0");

    public static void WeightDevice(in CgroupWrites writes, long major, long minor, ushort weight)
        => writes.Add("blkio.weight_device", $"{major}:{minor} {weight}", remedy: NoScheduler,
            otherwise: ("blkio.bfq.weight_device", $"{major}:{minor} {weight}"));

    public static void LeafWeightDevice(in CgroupWrites writes, long major, long minor, ushort weight)
        => writes.Add("blkio.leaf_weight_device", $"{major}:{minor} {weight}", remedy: "leaf weights went away with the CFQ scheduler in Linux 5.0");

    /// <param name="what">read_bps, write_bps, read_iops or write_iops.</param>
    public static void Throttle(in CgroupWrites writes, string what, long major, long minor, ulong rate)
        => writes.Add($"blkio.throttle.{what}_device", $"{major}:{minor} {rate}", remedy: "is that a whole disk (not a partition) of this host?");

    /// <summary>Bytes and operations per device; those of the throttling layer, which counts with every scheduler.</summary>
    public static List<IoStats> Read(string directory)
    {
        var stats = new Dictionary<(int, int), IoStats>();
        Collect(directory + "/blkio.throttle.io_service_bytes_recursive", stats, bytes: true);
        Collect(directory + "/blkio.throttle.io_serviced_recursive", stats, bytes: false);
        return [.. stats.Values];
    }

    /// <summary>Lines "8:0 Read 4096", one for each kind of operation.</summary>
    private static void Collect(string path, Dictionary<(int, int), IoStats> stats, bool bytes)
    {
        foreach (var line in (Syscalls.Files.TryReadText(path, out _) ?? "").Split('\n'))
        {
            var parts = line.Split(' ', ':');
            if (parts.Length != 4 || !int.TryParse(parts[0], out var major) || !int.TryParse(parts[1], out var minor) || !long.TryParse(parts[3], out var value))
            {
                continue;
            }

            var known = stats.GetValueOrDefault((major, minor)) ?? new IoStats(major, minor, 0, 0, 0, 0);
            stats[(major, minor)] = (parts[2], bytes) switch
            {
                ("Read", true) => known with { ReadBytes = value },
                ("Write", true) => known with { WriteBytes = value },
                ("Read", false) => known with { ReadOperations = value },
                ("Write", false) => known with { WriteOperations = value },
                _ => known,
            };
        }
    }
}
