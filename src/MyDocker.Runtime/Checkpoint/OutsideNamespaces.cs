using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>Namespaces that a container joins by a path. Network and pid namespaces are external to the images; others CRIU joins anew.</summary>
internal static class OutsideNamespaces
{
    private static readonly (string Type, string Criu, string Key)[] s_external = [("network", "net", "extRootNetNS"), ("pid", "pid", "extRootPidNS")];

    /// <summary>For a dump: TYPE[INODE]:KEY.</summary>
    public static void AddExternal(CriuRequestOptions request, RuntimeSpec spec)
    {
        foreach (var (type, criu, key) in s_external)
        {
            if (NamespaceSteps.PathOf(spec, type) is { } path)
            {
                var errno = Files.TryStat(path, out var stat);
                request.External.Add(errno == Errno.None ? $"{criu}[{stat.Inode}]:{key}" : throw new KernelException("stat", path, errno));
            }
        }
    }

    /// <summary>For a restore. Returns what CRIU has to inherit, in order; the caller closes it.</summary>
    public static List<Fd> AddJoined(CriuRequestOptions request, RuntimeSpec spec)
    {
        var inherited = new List<Fd>();
        foreach (var entry in spec.Linux?.Namespaces ?? [])
        {
            if (string.IsNullOrEmpty(entry.Path))
            {
                continue;
            }

            if (Array.Find(s_external, external => external.Type == entry.Type) is { Key: { } key })
            {
                request.Inherited.Add((key, CriuWorker.FirstInherited + inherited.Count));
                inherited.Add(Files.Open(entry.Path, OpenFlags.O_RDONLY));
            }
            else
            {
                request.Joined.Add((Name(entry.Type), entry.Path));
            }
        }

        return inherited;
    }

    private static string Name(string? type) => type switch
    {
        "mount" => "mnt",
        "cgroup" => throw new ContainerException("linux.namespaces: criu cannot restore a container into a cgroup namespace that is there already"),
        _ => type ?? "",
    };
}
