using System.Globalization;
using MyDocker.Engine.Containers;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Inspect;

/// <summary>A line of `ps` as docker's --format sees it: texts all of them.</summary>
public static class PsDocument
{
    public static readonly IReadOnlyDictionary<string, string> Titles = new Dictionary<string, string>
    {
        ["ID"] = "CONTAINER ID",
        ["Image"] = "IMAGE",
        ["Command"] = "COMMAND",
        ["CreatedAt"] = "CREATED AT",
        ["RunningFor"] = "CREATED",
        ["Ports"] = "PORTS",
        ["State"] = "STATE",
        ["Status"] = "STATUS",
        ["Size"] = "SIZE",
        ["Names"] = "NAMES",
        ["Labels"] = "LABELS",
        ["Mounts"] = "MOUNTS",
        ["LocalVolumes"] = "LOCAL VOLUMES",
        ["Networks"] = "NETWORKS",
        ["Platform"] = "PLATFORM",
    };

    /// <param name="size">null where it was not asked for: adding up takes time.</param>
    public static Document Of(ContainerSummary container, bool whole, string runningFor, string? size)
    {
        var command = !whole && container.Command.Length > 20 ? container.Command[..19] + "…" : container.Command;
        return new Document
        {
            ["Command"] = $"\"{command}\"",
            ["CreatedAt"] = container.Created.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zz'00'", CultureInfo.InvariantCulture),
            ["ID"] = whole || container.Id.Length < 12 ? container.Id : container.Id[..12],
            ["Image"] = container.Image,
            ["Labels"] = string.Join(',', container.Labels.Select(label => $"{label.Key}={label.Value}")),
            ["LocalVolumes"] = container.Mounts.Count(mount => !mount.StartsWith('/')).ToString(CultureInfo.InvariantCulture),
            ["Mounts"] = string.Join(',', container.Mounts),
            ["Names"] = container.Name,
            ["Networks"] = container.Network,
            ["Platform"] = "linux",
            ["Ports"] = container.Ports,
            ["RunningFor"] = runningFor,
            ["Size"] = size ?? "0B",
            ["State"] = container.State,
            ["Status"] = container.Status,
        };
    }

    /// <summary>Bytes that a container wrote, and with its image's layers.</summary>
    public static (long Written, long Virtual) SizeOf(EngineRoots roots, string id)
    {
        var written = DirectorySize.Of($"{roots.ContainerDirectory(id)}/upper");
        try
        {
            var layers = new ContainerStore(roots).TryLoad(id) is { } record ? record.Layers.Sum(layer => DirectorySize.Of(layer == "." ? record.LayersParent : $"{record.LayersParent}/{layer}")) : 0;
            return (written, written + layers);
        }
        catch (EngineException)
        {
            return (written, written); // its record is damaged
        }
    }
}
