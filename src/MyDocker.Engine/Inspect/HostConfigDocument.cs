using MyDocker.Engine.Containers;
using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Inspect;

/// <summary>HostConfig: what the host gives the container.</summary>
internal static class HostConfigDocument
{
    public static Document Of(ContainerRecord record)
    {
        var options = record.Options;
        var spec = SpecBuilder.Build(record, 0);
        return new Document
        {
            ["Binds"] = Json.ArrayOrNull([.. options.Mounts.Where(m => m.Type is "bind" or "volume" && m.Source.Length > 0).Select(m => $"{m.Source}:{m.Destination}{(m.Options.Contains("ro") ? ":ro" : "")}")]),
            ["ContainerIDFile"] = options.CidFile ?? "",
            ["LogConfig"] = new Document { ["Type"] = options.Log.Driver, ["Config"] = Json.Map(LogConfig(options)) },
            ["NetworkMode"] = options.Network ?? (options.Address is null ? "none" : options.Bridge ?? "interface"),
            ["PortBindings"] = new Document(),
            ["RestartPolicy"] = new Document { ["Name"] = options.Restart.Policy, ["MaximumRetryCount"] = options.Restart.MaximumRetries },
            ["AutoRemove"] = options.AutoRemove,
            ["VolumeDriver"] = "",
            ["VolumesFrom"] = Json.ArrayOrNull(options.VolumesFrom),
            ["CapAdd"] = Json.ArrayOrNull(options.CapabilitiesAdded),
            ["CapDrop"] = Json.ArrayOrNull(options.CapabilitiesDropped),
            ["CgroupnsMode"] = options.CgroupNamespace ?? "private",
            ["Dns"] = Json.Array(options.Dns),
            ["DnsOptions"] = Json.Array(options.DnsOptions ?? []),
            ["DnsSearch"] = Json.Array(options.DnsSearch ?? []),
            ["ExtraHosts"] = Json.ArrayOrNull(options.ExtraHosts),
            ["GroupAdd"] = options.GroupsAdded is { } groups ? Json.Array(groups) : null,
            ["IpcMode"] = options.IpcMode ?? "private",
            ["Cgroup"] = record.CgroupPath,
            ["Links"] = null,
            ["OomScoreAdj"] = options.OomScoreAdj ?? 0,
            ["PidMode"] = options.PidMode ?? "",
            ["Privileged"] = options.Privileged,
            ["PublishAllPorts"] = false,
            ["ReadonlyRootfs"] = options.ReadOnly,
            ["SecurityOpt"] = Json.ArrayOrNull(options.SecurityOptions),
            ["Tmpfs"] = Json.Map(options.Mounts.Where(m => m.Type == "tmpfs").Select(m => new KeyValuePair<string, string>(m.Destination, string.Join(',', m.Options)))),
            ["UTSMode"] = options.UtsMode ?? "",
            ["UsernsMode"] = options.UserNamespace,
            ["ShmSize"] = options.ShmSize ?? (64L << 20),
            ["Sysctls"] = Json.Map(options.Sysctls),
            ["Runtime"] = "mydocker",
            ["Isolation"] = "",
            ["CpuShares"] = (long)(options.CpuShares ?? 0),
            ["Memory"] = options.Memory ?? 0,
            ["NanoCpus"] = 0,
            ["CgroupParent"] = "",
            ["ConsoleSize"] = new List<object?> { 0L, 0L },
            ["DeviceRequests"] = null,
            ["KernelMemory"] = 0,
            ["KernelMemoryTCP"] = 0,
            ["CpuCount"] = 0,
            ["CpuPercent"] = 0,
            ["IOMaximumIOps"] = 0,
            ["IOMaximumBandwidth"] = 0,
            ["BlkioWeight"] = (int)(options.BlockIo?.Weight ?? 0),
            ["BlkioWeightDevice"] = Limits(options.BlockIo?.WeightDevice, "Weight"),
            ["BlkioDeviceReadBps"] = Limits(options.BlockIo?.ReadBps, "Rate"),
            ["BlkioDeviceWriteBps"] = Limits(options.BlockIo?.WriteBps, "Rate"),
            ["BlkioDeviceReadIOps"] = Limits(options.BlockIo?.ReadIops, "Rate"),
            ["BlkioDeviceWriteIOps"] = Limits(options.BlockIo?.WriteIops, "Rate"),
            ["CpuRealtimePeriod"] = options.RealtimePeriod ?? 0,
            ["CpuRealtimeRuntime"] = options.RealtimeRuntime ?? 0,
            ["CpuPeriod"] = (long)(options.CpuPeriod ?? 0),
            ["CpuQuota"] = options.CpuQuota ?? 0,
            ["CpusetCpus"] = options.CpusetCpus ?? "",
            ["CpusetMems"] = options.CpusetMems ?? "",
            ["Devices"] = Json.Array(options.Devices.Select(d => new Document { ["PathOnHost"] = d.HostPath, ["PathInContainer"] = d.ContainerPath, ["CgroupPermissions"] = d.Permissions })),
            ["MemoryReservation"] = options.MemoryReservation ?? 0,
            ["MemorySwappiness"] = options.Swappiness is { } swappiness ? (long)swappiness : null,
            ["MemorySwap"] = options.MemorySwap ?? 0,
            ["OomKillDisable"] = options.OomPause,
            ["PidsLimit"] = options.PidsLimit,
            ["Ulimits"] = Json.Array(options.Ulimits.Select(u => new Document { ["Name"] = u.Type.Replace("RLIMIT_", "", StringComparison.Ordinal).ToLowerInvariant(), ["Hard"] = unchecked((long)u.Hard), ["Soft"] = unchecked((long)u.Soft) })),
            ["DeviceCgroupRules"] = options.DeviceRules is { } rules ? Json.Array(rules.Select(rule => $"{rule.Type} {Number(rule.Major)}:{Number(rule.Minor)} {rule.Access}")) : null,
            ["Annotations"] = options.Annotations is { } annotations ? Json.Map(annotations) : null,
            ["MaskedPaths"] = Json.ArrayOrNull(spec.Linux!.MaskedPaths ?? []),
            ["ReadonlyPaths"] = Json.ArrayOrNull(spec.Linux.ReadonlyPaths ?? []),
            ["Init"] = options.Init,
        };
    }

    private static string Number(long? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "*";

    private static List<object?> Limits(List<BlockDeviceLimit>? limits, string name)
        => Json.Array((limits ?? []).Select(limit => new Document { ["Path"] = limit.Path, [name] = limit.Value }));

    private static Dictionary<string, string> LogConfig(RunOptions options)
        => options.Log.Driver != Logs.LogOptions.JsonFile ? options.Log.Given
            : new Dictionary<string, string>(options.Log.Given)
            {
                ["max-size"] = options.Log.Given.GetValueOrDefault("max-size", "10m"),
                ["max-file"] = options.Log.Given.GetValueOrDefault("max-file", "3"),
            };
}
