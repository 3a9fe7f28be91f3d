using System.Globalization;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Info;

/// <summary>What this host has for containers. Looks and changes nothing; needs no root, but sees more with it.</summary>
public static class HostInfo
{
    public static HostReport Probe(EngineRoots roots, string version)
    {
        var layout = CgroupLayout.Detect();
        var kernel = KernelVersion.Read();
        var dataFileSystem = FileSystems.NameOf(roots.Data);
        var features = new List<HostFeature>();
        features.AddRange(KernelProbes.Probe(kernel, dataFileSystem, roots.Data));
        features.AddRange(CgroupProbes.Probe(layout));
        features.AddRange(NetworkProbes.Probe());
        features.AddRange(SecurityProbes.Probe());
        return new HostReport(
            version,
            roots.Data,
            dataFileSystem,
            Containers.StorageDriver.Of(roots),
            roots.State,
            OperatingSystem(),
            kernel.Text,
            RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
            Environment.ProcessorCount,
            Memory(),
            layout.Mode switch { CgroupMode.V1 => "v1", CgroupMode.V2 => "v2", CgroupMode.Hybrid => "hybrid", _ => "none" },
            Hierarchies(layout),
            features);
    }

    private static List<HostHierarchy> Hierarchies(CgroupLayout layout)
    {
        var result = new List<HostHierarchy>();
        foreach (var v1 in layout.V1)
        {
            result.Add(new HostHierarchy(v1.Mount, 1, v1.Name is null ? [.. v1.Controllers.Each().Select(c => c.Name(v2: false))] : [$"name={v1.Name}"]));
        }

        if (layout.Unified is { } unified)
        {
            result.Add(new HostHierarchy(unified.Mount, 2, [.. unified.Controllers.Each().Select(c => c.Name(v2: true))]));
        }

        return result;
    }

    private static string OperatingSystem()
    {
        foreach (var line in (Files.TryReadText("/etc/os-release", out _) ?? "").Split('\n'))
        {
            if (line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
            {
                return line["PRETTY_NAME=".Length..].Trim('"');
            }
        }

        return "unknown";
    }

    private static long Memory()
    {
        // "MemTotal:       16303512 kB"
        var line = (Files.TryReadText("/proc/meminfo", out _) ?? "").Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return line.Length > 1 && long.TryParse(line[1], NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : 0;
    }
}

/// <summary>Release of the running kernel, "6.1.0-18-amd64".</summary>
internal readonly record struct KernelVersion(int Major, int Minor, string Text)
{
    public bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    public static KernelVersion Read() => Parse((Files.TryReadText("/proc/sys/kernel/osrelease", out _) ?? "0.0").Trim());

    internal static KernelVersion Parse(string text)
    {
        var parts = text.Split('.', '-', '+');
        return new KernelVersion(Number(parts, 0), Number(parts, 1), text);
    }

    private static int Number(string[] parts, int index)
        => parts.Length > index && int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
