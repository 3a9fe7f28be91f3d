using System.Globalization;
using System.Text;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;

namespace MyDocker.Runtime.Plan;

/// <summary>Whose ids the owners on a mount become: mounts[].uidMappings and gidMappings, "idmap" and "ridmap".</summary>
/// <param name="Uids">lines of uid_map: id on the file system, id of the host, count; empty for the container's own mapping.</param>
/// <param name="IsContainers">through the user namespace of the container itself.</param>
internal sealed record MountMapping(string Uids, string Gids, bool IsContainers, bool Recursive)
{
    /// <summary>The mapping of a bind mount; null: its owners stay.</summary>
    public static MountMapping? Of(MountEntry entry)
    {
        var (mount, options, linux) = (entry.Spec, entry.Options, entry.Request.Spec.Linux);
        if (!options.IsMapped && mount.UidMappings is null && mount.GidMappings is null)
        {
            return null;
        }

        var hasUsers = NamespaceSteps.HasUserNamespace(entry.Request.Spec);
        var (uids, gids) = mount.UidMappings is null && mount.GidMappings is null && options.Mappings is { } text
            ? Parse(text, $"{entry.Path}.options", linux)
            : (Lines(mount.UidMappings), Lines(mount.GidMappings));
        if (uids.Length == 0 && gids.Length == 0 && hasUsers)
        {
            return new MountMapping("", "", IsContainers: true, options.IsMappedRecursively);
        }

        if (uids.Length == 0 || gids.Length == 0)
        {
            throw new SpecException($"{entry.Path}.{(uids.Length == 0 ? "uidMappings" : "gidMappings")}", "is missing: a mapped mount needs mappings of users and of groups, or a container with a user namespace");
        }

        var isContainers = NamespaceSteps.IsNew(entry.Request.Spec, "user") && uids == Lines(linux?.UidMappings) && gids == Lines(linux?.GidMappings);
        return new MountMapping(uids, gids, isContainers, options.IsMappedRecursively);
    }

    private static string Lines(List<LinuxIDMapping>? mappings)
    {
        var text = new StringBuilder();
        foreach (var mapping in mappings ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"{mapping.ContainerID} {mapping.HostID} {mapping.Size}\n");
        }

        return text.ToString();
    }

    /// <summary>
    /// crun's form: "uids=0-1000-10#20-2000-10;gids=@0-0-10". An "@" says that the second number is one of the container's ids,
    /// not the host's.
    /// </summary>
    private static (string Uids, string Gids) Parse(string text, string path, LinuxSpec? linux)
    {
        var (uids, gids) = ("", "");
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.StartsWith("uids=", StringComparison.Ordinal))
            {
                uids = ParseLines(part[5..], path, linux?.UidMappings);
            }
            else if (part.StartsWith("gids=", StringComparison.Ordinal))
            {
                gids = ParseLines(part[5..], path, linux?.GidMappings);
            }
            else
            {
                throw new SpecException(path, $"\"{part}\" in idmap is neither uids=… nor gids=…");
            }
        }

        return (uids, gids);
    }

    private static string ParseLines(string list, string path, List<LinuxIDMapping>? container)
    {
        var text = new StringBuilder();
        foreach (var item in list.Split('#', StringSplitOptions.RemoveEmptyEntries))
        {
            var relative = item.StartsWith('@');
            var numbers = item[(relative ? 1 : 0)..].Split('-');
            if (numbers.Length != 3 || !numbers.All(number => uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                throw new SpecException(path, $"\"{item}\" in idmap is no mapping; it is written ID-HOSTID-COUNT");
            }

            var host = uint.Parse(numbers[1], CultureInfo.InvariantCulture);
            if (relative)
            {
                var range = container?.Find(mapping => host >= mapping.ContainerID && host - mapping.ContainerID < mapping.Size)
                    ?? throw new SpecException(path, $"\"{item}\" in idmap: the container's user namespace has no id {host}");
                host = host - range.ContainerID + range.HostID;
            }

            text.Append(CultureInfo.InvariantCulture, $"{numbers[0]} {host} {numbers[2]}\n");
        }

        return text.ToString();
    }
}

/// <summary>The user namespaces that mounts are mapped by, one for each mapping.</summary>
internal sealed class MappingNamespaces : IDisposable
{
    private readonly Dictionary<(string Uids, string Gids), Fd> _known = [];

    public Fd Of(MountMapping mapping)
    {
        if (!_known.TryGetValue((mapping.Uids, mapping.Gids), out var found))
        {
            found = MappingNamespace.New(mapping.Uids, mapping.Gids);
            _known.Add((mapping.Uids, mapping.Gids), found);
        }

        return found;
    }

    public void Dispose()
    {
        foreach (var known in _known.Values)
        {
            known.Dispose();
        }
    }
}
