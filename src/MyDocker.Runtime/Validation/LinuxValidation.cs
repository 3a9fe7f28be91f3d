using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Scheduling;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Validation;

/// <summary>The "linux" section of config.json, apart from seccomp (see <c>SeccompConversion</c>) and resources (see <c>CgroupSetup</c>).</summary>
internal static class LinuxValidation
{
    private const uint NanosecondsPerSecond = 1_000_000_000;

    /// <summary>UID_GID_MAP_MAX_EXTENTS of the kernel (4.15).</summary>
    private const int MostMappings = 340;

    public static void Check(RuntimeSpec spec, Action<string>? warn)
    {
        // Without a "linux" section the container has the runtime's namespaces, the mount namespace among them.
        var linux = spec.Linux ?? new LinuxSpec();
        CheckNamespaces(linux.Namespaces ?? []);
        CheckMappings(linux);
        CheckTime(linux);
        foreach (var (key, value) in linux.Sysctl ?? [])
        {
            SysctlSteps.Check(spec, key, value);
        }

        CheckPaths(linux);
        CheckDevices(linux.Devices ?? []);
        CheckNetworkDevices(linux);
        CheckPersonality(linux.Personality, warn);
        CheckMemoryPolicy(linux.MemoryPolicy);
        IntelRdtValidation.Check(linux.IntelRdt, warn);
        Text.RefuseNul("linux.mountLabel", linux.MountLabel);
    }

    private static bool Has(LinuxSpec linux, string type) => linux.Namespaces?.Any(entry => entry.Type == type) == true;

    private static void CheckNamespaces(List<LinuxNamespace> namespaces)
    {
        for (var i = 0; i < namespaces.Count; i++)
        {
            var entry = namespaces[i];
            var path = $"linux.namespaces[{i}]";
            if (entry.Type is not ("pid" or "network" or "mount" or "ipc" or "uts" or "user" or "cgroup" or "time"))
            {
                throw new SpecException($"{path}.type", entry.Type.Length == 0 ? "is required" : $"unknown type \"{entry.Type}\"; known are pid, network, mount, ipc, uts, user, cgroup and time");
            }

            if (namespaces.Take(i).Any(other => other.Type == entry.Type))
            {
                throw new SpecException($"{path}.type", $"{entry.Type} is given twice");
            }

            Text.RefuseNul($"{path}.path", entry.Path);
            if (entry.Path is { Length: > 0 } file && !file.StartsWith('/'))
            {
                throw new SpecException($"{path}.path", $"\"{file}\" is not an absolute path");
            }

            if (!Files.Exists($"/proc/self/ns/{FileOf(entry.Type)}"))
            {
                throw new SpecException($"{path}.type", $"this kernel has no {entry.Type} namespaces");
            }
        }
    }

    private static string FileOf(string type) => type switch
    {
        "network" => "net",
        "mount" => "mnt",
        _ => type,
    };

    private static void CheckMappings(LinuxSpec linux)
    {
        var hasMappings = linux.UidMappings is { Count: > 0 } || linux.GidMappings is { Count: > 0 };
        if (hasMappings && !Has(linux, "user"))
        {
            throw new SpecException(linux.UidMappings is { Count: > 0 } ? "linux.uidMappings" : "linux.gidMappings", "needs a user namespace in linux.namespaces");
        }

        if (linux.Namespaces?.Any(entry => entry.Type == "user" && string.IsNullOrEmpty(entry.Path)) != true)
        {
            return;
        }

        CheckMappings("linux.uidMappings", linux.UidMappings);
        CheckMappings("linux.gidMappings", linux.GidMappings);
    }

    private static void CheckMappings(string path, List<LinuxIDMapping>? mappings)
    {
        if (mappings is not { Count: > 0 })
        {
            throw new SpecException(path, "is required with a new user namespace: without it nobody in the container has an id");
        }

        if (mappings.Count > MostMappings)
        {
            throw new SpecException(path, $"has {mappings.Count} ranges, the kernel takes {MostMappings}");
        }

        for (var i = 0; i < mappings.Count; i++)
        {
            var mapping = mappings[i];
            if (mapping.Size == 0)
            {
                throw new SpecException($"{path}[{i}].size", "is 0; give the number of ids");
            }

            if ((ulong)mapping.ContainerID + mapping.Size > uint.MaxValue || (ulong)mapping.HostID + mapping.Size > uint.MaxValue)
            {
                throw new SpecException($"{path}[{i}].size", $"{mapping.Size} ids go beyond the last one, 4294967294");
            }

            foreach (var other in mappings.Take(i))
            {
                if (Overlap(mapping.ContainerID, other.ContainerID, mapping.Size, other.Size) || Overlap(mapping.HostID, other.HostID, mapping.Size, other.Size))
                {
                    throw new SpecException($"{path}[{i}]", "overlaps an earlier range");
                }
            }
        }
    }

    private static bool Overlap(ulong first, ulong second, ulong firstSize, ulong secondSize) => first < second + secondSize && second < first + firstSize;

    private static void CheckTime(LinuxSpec linux)
    {
        if (linux.TimeOffsets is not { Count: > 0 } offsets)
        {
            return;
        }

        const string path = "linux.timeOffsets";
        if (linux.Namespaces?.FirstOrDefault(entry => entry.Type == "time") is not { } entry)
        {
            throw new SpecException(path, "needs a time namespace in linux.namespaces");
        }

        if (!string.IsNullOrEmpty(entry.Path))
        {
            throw new SpecException(path, "cannot be set in a time namespace that is joined: it has its own");
        }

        foreach (var (clock, offset) in offsets)
        {
            if (clock is not ("monotonic" or "boottime"))
            {
                throw new SpecException($"{path}.{clock}", "unknown clock; known are monotonic and boottime");
            }

            if (offset.Nanosecs >= NanosecondsPerSecond)
            {
                throw new SpecException($"{path}.{clock}.nanosecs", $"{offset.Nanosecs} is a second or more");
            }
        }
    }

    private static void CheckPaths(LinuxSpec linux)
    {
        Text.RefuseNul("linux.maskedPaths", linux.MaskedPaths);
        Text.RefuseNul("linux.readonlyPaths", linux.ReadonlyPaths);
        if (linux.RootfsPropagation is { Length: > 0 } propagation
            && propagation is not ("shared" or "slave" or "private" or "unbindable" or "rshared" or "rslave" or "rprivate" or "runbindable"))
        {
            throw new SpecException("linux.rootfsPropagation", $"unknown propagation \"{propagation}\"; known are shared, slave, private and unbindable");
        }

        if (Has(linux, "mount"))
        {
            return;
        }

        foreach (var (field, paths) in new[] { ("maskedPaths", linux.MaskedPaths), ("readonlyPaths", linux.ReadonlyPaths) })
        {
            if (paths is { Count: > 0 })
            {
                throw new SpecException($"linux.{field}", "needs a mount namespace in linux.namespaces: it would change the host");
            }
        }
    }

    private static void CheckDevices(List<LinuxDevice> devices)
    {
        for (var i = 0; i < devices.Count; i++)
        {
            var path = $"linux.devices[{i}]";
            if (devices[i].Path.Length == 0)
            {
                throw new SpecException($"{path}.path", "is required");
            }

            Text.RefuseNul($"{path}.path", devices[i].Path);
            if (devices[i].Type is not ("c" or "b" or "u" or "p"))
            {
                throw new SpecException($"{path}.type", $"unknown type \"{devices[i].Type}\"; known are c, b, u and p");
            }
        }
    }

    private static void CheckNetworkDevices(LinuxSpec linux)
    {
        if (linux.NetDevices is not { Count: > 0 } devices)
        {
            return;
        }

        if (!Has(linux, "network"))
        {
            throw new SpecException("linux.netDevices", "needs a network namespace in linux.namespaces");
        }

        var names = new HashSet<string>();
        foreach (var (name, device) in devices)
        {
            var newName = string.IsNullOrEmpty(device.Name) ? name : device.Name;
            if (!Links.IsValidName(name) || !Links.IsValidName(newName))
            {
                throw new SpecException($"linux.netDevices.{name}", $"\"{(Links.IsValidName(name) ? newName : name)}\" is no name of a network device");
            }

            if (!names.Add(newName))
            {
                throw new SpecException($"linux.netDevices.{name}.name", $"{newName} is given to two devices");
            }
        }
    }

    private static void CheckPersonality(LinuxPersonality? personality, Action<string>? warn)
    {
        if (personality is null)
        {
            return;
        }

        if (personality.Domain is not ("LINUX" or "LINUX32"))
        {
            throw new SpecException("linux.personality.domain", $"unknown domain \"{personality.Domain}\"; known are LINUX and LINUX32");
        }

        if (personality.Flags is { Count: > 0 })
        {
            warn?.Invoke("ignoring linux.personality.flags: the specification has none yet");
        }
    }

    private static void CheckMemoryPolicy(LinuxMemoryPolicy? policy)
    {
        if (policy is null)
        {
            return;
        }

        const string path = "linux.memoryPolicy";
        var mode = MemoryPolicy.ModeOf(policy.Mode);
        if (mode < 0)
        {
            throw new SpecException($"{path}.mode", $"invalid memory policy mode \"{policy.Mode}\"; names are like MPOL_BIND");
        }

        var nodes = NumberList.TryParse(policy.Nodes) ?? throw new SpecException($"{path}.nodes", $"invalid memory policy nodes \"{policy.Nodes}\"; give a list like 0-1,3");
        if (nodes.Length > 0 && mode is MemoryPolicy.MPOL_DEFAULT or MemoryPolicy.MPOL_LOCAL)
        {
            throw new SpecException($"{path}.nodes", $"{policy.Mode}: mode requires 0 nodes but got {nodes.Sum(word => System.Numerics.BitOperations.PopCount(word))}");
        }

        if (nodes.Length == 0 && mode is not (MemoryPolicy.MPOL_DEFAULT or MemoryPolicy.MPOL_LOCAL or MemoryPolicy.MPOL_PREFERRED))
        {
            throw new SpecException($"{path}.nodes", $"{policy.Mode}: mode requires at least one node but got none");
        }

        for (var i = 0; i < (policy.Flags?.Count ?? 0); i++)
        {
            if (MemoryPolicy.FlagOf(policy.Flags![i]) == 0)
            {
                throw new SpecException($"{path}.flags[{i}]", $"invalid memory policy flag \"{policy.Flags[i]}\"; names are like MPOL_F_STATIC_NODES");
            }
        }
    }
}
