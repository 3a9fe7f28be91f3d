using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>
/// The mounts of a container that come from outside it, by its configuration. CRIU does not write them down but calls them by a
/// key, which is their place in the container; who restores says what is mounted there.
/// </summary>
internal static class OutsideMounts
{
    private const string Null = "/dev/null";

    /// <summary>Key and source of each, for restoring: bind mounts, cgroup v1 hierarchies, hidden files, device nodes.</summary>
    /// <param name="cgroup">of the container; null: it has none.</param>
    /// <param name="directory">the bundle's, to which sources are relative.</param>
    public static List<(string Key, string Source)> Of(RuntimeSpec spec, Fd root, Cgroup? cgroup, string directory)
    {
        var rootPath = PathOf(root);
        var result = new List<(string, string)>();
        foreach (var mount in spec.Mounts ?? [])
        {
            var place = Resolve(root, rootPath, mount.Destination);
            if (IsBind(mount))
            {
                result.Add((place, Path.GetFullPath(mount.Source ?? "", directory)));
            }
            else if (mount.Type == "cgroup" && cgroup is not null && !HasCgroupNamespace(spec) && cgroup.Layout.Mode != CgroupMode.V2)
            {
                result.AddRange(cgroup.Layout.V1.Select(hierarchy => ($"{place}/{Path.GetFileName(hierarchy.Mount)}", cgroup.DirectoryIn(hierarchy))));
            }
        }

        result.Add((Null, Null)); // what hides a file
        result.AddRange(DeviceNode.Of(spec).Where(node => node.Path != Null).Select(node => (node.Path, node.Path)));
        return result;
    }

    /// <summary>Place and key of the files that are hidden in a running container.</summary>
    /// <param name="inside">its root directory.</param>
    public static IEnumerable<(string Place, string Key)> Masked(RuntimeSpec spec, Fd inside)
    {
        foreach (var path in spec.Linux?.MaskedPaths ?? [])
        {
            var errno = RootedPath.TryOpen(inside, path, O_PATH, out var file);
            if (errno != Errno.None)
            {
                continue;
            }

            using (file)
            {
                if (!Files.StatOf(file!).IsDirectory)
                {
                    yield return (path, Null);
                }
            }
        }
    }

    public static bool IsBind(MountSpec mount) => mount.Type == "bind" || mount.Options?.Any(option => option is "bind" or "rbind") == true;

    /// <summary>The path of an open file as this process reaches it.</summary>
    public static string PathOf(Fd file) => Files.TryReadLink(file.ProcPath) ?? throw new KernelException("read", file.ProcPath, Errno.ENOENT);

    /// <summary>A path in the container without links; what is not there (yet) is taken as it is written.</summary>
    private static string Resolve(Fd root, string rootPath, string path)
    {
        var full = Path.GetFullPath(path, "/");
        if (full == "/")
        {
            return full;
        }

        if (RootedPath.TryOpen(root, full, O_PATH, out var file) == Errno.None)
        {
            using (file)
            {
                var found = PathOf(file!);
                return found.StartsWith($"{rootPath}/", StringComparison.Ordinal) ? found[rootPath.Length..] : full;
            }
        }

        return $"{Resolve(root, rootPath, Path.GetDirectoryName(full)!).TrimEnd('/')}/{Path.GetFileName(full)}";
    }

    private static bool HasCgroupNamespace(RuntimeSpec spec) => spec.Linux?.Namespaces?.Any(entry => entry.Type == "cgroup") == true;
}
