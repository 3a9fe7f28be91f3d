using MyDocker.Kernel.Resctrl;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Validation;

/// <summary>linux.intelRdt, as far as it can be judged without the file system of the host (<see cref="Resctrl.RdtGroup"/>).</summary>
internal static class IntelRdtValidation
{
    private const string Path = "linux.intelRdt";

    public static void Check(LinuxIntelRdt? rdt, Action<string>? warn)
    {
        if (rdt is null)
        {
            return;
        }

        Text.RefuseNul($"{Path}.closID", rdt.ClosID);
        if (rdt.ClosID is "." or ".." || (rdt.ClosID is { Length: > 1 } id && (id.Contains('/', StringComparison.Ordinal) || id.Contains('\n', StringComparison.Ordinal) || ResctrlFileSystem.Reserved.Contains(id))))
        {
            throw new SpecException($"{Path}.closID", $"\"{rdt.ClosID}\" is no name of a group");
        }

        CheckLine($"{Path}.l3CacheSchema", rdt.L3CacheSchema);
        CheckLine($"{Path}.memBwSchema", rdt.MemBwSchema);
        for (var i = 0; i < (rdt.Schemata?.Count ?? 0); i++)
        {
            CheckLine($"{Path}.schemata[{i}]", rdt.Schemata![i]);
        }

        if (rdt.MemBwSchema is { Length: > 0 } bandwidth && !bandwidth.StartsWith("MB:", StringComparison.Ordinal))
        {
            throw new SpecException($"{Path}.memBwSchema", $"\"{bandwidth}\" does not begin with \"MB:\"");
        }

        if (rdt.L3CacheSchema is { Length: > 0 } cache && !cache.StartsWith("L3", StringComparison.Ordinal))
        {
            warn?.Invoke($"{Path}.l3CacheSchema: \"{cache}\" does not begin with \"L3:\"; it is written as it is");
        }

        if (rdt.EnableCMT || rdt.EnableMBM)
        {
            warn?.Invoke($"ignoring {Path}.{(rdt.EnableCMT ? "enableCMT" : "enableMBM")}: since version 1.3 of the specification it is enableMonitoring");
        }
    }

    private static void CheckLine(string path, string? line)
    {
        if (line?.Contains('\n', StringComparison.Ordinal) == true)
        {
            throw new SpecException(path, "has more than one line");
        }

        Text.RefuseNul(path, line);
    }
}
