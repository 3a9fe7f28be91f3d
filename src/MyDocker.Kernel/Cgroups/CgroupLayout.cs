using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups;

public enum CgroupMode
{
    /// <summary>No cgroup file system is mounted.</summary>
    None,

    /// <summary>Controllers on v1 hierarchies only.</summary>
    V1,

    /// <summary>v1 hierarchies with controllers and a v2 mount beside them, with or without controllers of its own.</summary>
    Hybrid,

    /// <summary>One v2 hierarchy.</summary>
    V2,
}

/// <summary>One mounted cgroup hierarchy.</summary>
/// <param name="Mount">where it is mounted, without a slash at the end.</param>
/// <param name="Root">which of its cgroups is mounted there (mountinfo field 4): "/" unless we are inside a container without a cgroup namespace.</param>
/// <param name="Controllers">its controllers; on v2 those of cgroup.controllers at the mount.</param>
/// <param name="Name">of a named v1 hierarchy ("systemd"), else null.</param>
public sealed record CgroupHierarchy(string Mount, string Root, Controllers Controllers, string? Name, bool IsV2, bool ReadOnly)
{
    /// <summary>The directory of a cgroup: the mount, and a path that begins with a slash ("/" for the root).</summary>
    public string Directory(string path) => path == "/" ? Mount : Mount + path;
}

/// <summary>
/// Which cgroup hierarchies this host has and where: v1, hybrid or v2. Read once, at the start of a container:
/// one statfs and one small read on v2, one pass over /proc/self/mountinfo on the others.
/// </summary>
public sealed class CgroupLayout
{
    private const string DefaultMount = "/sys/fs/cgroup";

    /// <summary>Bytes of a mount table: a hundred thousand mounts, the kernel's own limit per namespace (fs.mount-max).</summary>
    private const int LongestTable = 64 << 20;

    private static CgroupLayout? s_host;

    private string? _ownCgroups;

    private CgroupLayout(CgroupMode mode, List<CgroupHierarchy> v1, CgroupHierarchy? unified)
    {
        Mode = mode;
        V1 = v1;
        Unified = unified;
    }

    public CgroupMode Mode { get; }

    /// <summary>The v1 hierarchies, named ones included, in the order of the mount table.</summary>
    public IReadOnlyList<CgroupHierarchy> V1 { get; }

    /// <summary>The v2 hierarchy, if one is mounted.</summary>
    public CgroupHierarchy? Unified { get; }

    /// <summary>What <see cref="Detect"/> found when this process first asked: the kernel makes the table anew for each reader.</summary>
    public static CgroupLayout Host => s_host ??= Detect();

    /// <summary>
    /// Finds the hierarchies. Never fails for a host without cgroups (<see cref="CgroupMode.None"/>); throws
    /// <see cref="KernelException"/> if /proc is missing.
    /// </summary>
    public static CgroupLayout Detect()
    {
        // A v2 host answers by one statfs(2), whatever the length of its mount table (as runc and systemd ask).
        if (CgroupFile.IsCgroup2(DefaultMount))
        {
            var v2 = new CgroupHierarchy(DefaultMount, "/", ReadControllers(DefaultMount), null, IsV2: true, ReadOnly: false);
            return new CgroupLayout(CgroupMode.V2, [], v2);
        }

        const string Table = "/proc/self/mountinfo";
        var text = Files.TryReadBytes(Table, out var errno, limit: LongestTable);
        return Parse(text ?? throw new KernelException("read", Table, errno), ReadControllers);
    }

    /// <summary>Reads a mount table, as text of proc_pid_mountinfo(5).</summary>
    /// <param name="controllersOf">gives the controllers of the v2 hierarchy mounted at a directory.</param>
    public static CgroupLayout Parse(ReadOnlySpan<byte> mountInfo, Func<string, Controllers> controllersOf)
    {
        var v1 = new List<CgroupHierarchy>(16);
        CgroupHierarchy? unified = null;
        while (mountInfo.IndexOf(" - cgroup"u8) is var separator and >= 0)
        {
            var start = mountInfo[..separator].LastIndexOf((byte)'\n') + 1;
            var end = separator + (mountInfo[separator..].IndexOf((byte)'\n') is var n and >= 0 ? n : mountInfo.Length - separator);
            var found = ParseMount(mountInfo[start..separator], mountInfo[(separator + 3)..end]);
            mountInfo = mountInfo[Math.Min(end + 1, mountInfo.Length)..];
            if (found is { IsV2: true })
            {
                unified = unified is null || Prefer(found, unified) ? found : unified;
            }
            else if (found is not null)
            {
                Add(v1, found);
            }
        }

        if (unified is not null)
        {
            unified = unified with { Controllers = controllersOf(unified.Mount) };
        }

        var mode = (v1.Count > 0, unified is not null) switch
        {
            (true, true) => CgroupMode.Hybrid,
            (true, false) => CgroupMode.V1,
            (false, true) => CgroupMode.V2,
            _ => CgroupMode.None,
        };
        return new CgroupLayout(mode, v1, unified);
    }

    /// <summary>The hierarchy in which a controller works on this host, or null.</summary>
    public CgroupHierarchy? Of(Controllers controller)
    {
        foreach (var hierarchy in V1)
        {
            if ((hierarchy.Controllers & controller) != 0)
            {
                return hierarchy;
            }
        }

        return Unified is not null && ((Unified.Controllers | ControllerNames.ImplicitOnV2) & controller) != 0 ? Unified : null;
    }

    /// <summary>
    /// The cgroup of this process, as a path below the mount of a hierarchy ("/" for the mount itself). Inside a
    /// container without a cgroup namespace the path of /proc/self/cgroup starts with the mounted root, which is cut off.
    /// Read once: whoever moves this process detects the layout again.
    /// </summary>
    public string OwnPath(CgroupHierarchy hierarchy) => OwnPath(hierarchy, _ownCgroups ??= Files.ReadText("/proc/self/cgroup"));

    /// <summary>The path of another process' cgroup in a hierarchy, as this process sees it; null if it is gone.</summary>
    public static string? PathOf(int pid, CgroupHierarchy hierarchy)
        => Files.TryReadText($"/proc/{pid}/cgroup", out _) is { } text ? OwnPath(hierarchy, text) : null;

    internal static string OwnPath(CgroupHierarchy hierarchy, string selfCgroup)
    {
        foreach (var line in selfCgroup.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // hierarchy-ID:controller-list:cgroup-path (cgroups(7)); the path may contain colons.
            var parts = line.Split(':', 3);
            if (parts.Length != 3 || !Names(parts[0], parts[1], hierarchy))
            {
                continue;
            }

            var path = parts[2];
            if (hierarchy.Root != "/" && path.StartsWith(hierarchy.Root, StringComparison.Ordinal))
            {
                path = path[hierarchy.Root.Length..];
            }

            // Outside the mounted part ("/../x"): the mount's own root is all that can be reached.
            return path.Length == 0 || path.Contains("/..", StringComparison.Ordinal) ? "/" : path;
        }

        return "/";
    }

    private static bool Names(string id, string list, CgroupHierarchy hierarchy)
        => hierarchy.IsV2 ? id == "0" && list.Length == 0
            : hierarchy.Name is not null ? list == "name=" + hierarchy.Name
            : (ControllerNames.ParseList(Encoding.UTF8.GetBytes(list)) & hierarchy.Controllers) != 0;

    private static Controllers ReadControllers(string mount)
    {
        Span<byte> text = stackalloc byte[512];
        return ControllerNames.ParseList(CgroupFile.Read(mount + "/cgroup.controllers", text));
    }

    private static void Add(List<CgroupHierarchy> list, CgroupHierarchy found)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i].Controllers == found.Controllers && list[i].Name == found.Name)
            {
                list[i] = Prefer(found, list[i]) ? found : list[i];
                return;
            }
        }

        list.Add(found);
    }

    /// <summary>
    /// Whether a second mount of a hierarchy is the better one: containers leave bind mounts of theirs in the table,
    /// so the usual place wins, and at one place the mount on top (the later one).
    /// </summary>
    private static bool Prefer(CgroupHierarchy found, CgroupHierarchy known)
        => found.Mount == known.Mount
            || (found.Mount.StartsWith(DefaultMount, StringComparison.Ordinal) && !known.Mount.StartsWith(DefaultMount, StringComparison.Ordinal));

    /// <summary>One line: "id parent dev root mount options [fields]" and "type source superoptions".</summary>
    private static CgroupHierarchy? ParseMount(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (var i = 0; i < 3; i++)
        {
            left = left[(left.IndexOf((byte)' ') + 1)..];
        }

        var root = Unescape(Next(ref left));
        var mount = Unescape(Next(ref left));
        var readOnly = HasOption(Next(ref left), "ro"u8);
        var type = Next(ref right);
        Next(ref right);
        if (type.SequenceEqual("cgroup2"u8))
        {
            return new CgroupHierarchy(mount, root, Controllers.None, null, IsV2: true, readOnly);
        }

        if (!type.SequenceEqual("cgroup"u8))
        {
            return null;
        }

        string? name = null;
        foreach (var range in right.Split((byte)','))
        {
            if (right[range].StartsWith("name="u8))
            {
                name = Encoding.UTF8.GetString(right[range][5..]);
            }
        }

        return new CgroupHierarchy(mount, root, ControllerNames.ParseList(right), name, IsV2: false, readOnly);
    }

    private static bool HasOption(ReadOnlySpan<byte> options, ReadOnlySpan<byte> option)
    {
        foreach (var range in options.Split((byte)','))
        {
            if (options[range].SequenceEqual(option))
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)' ');
        var field = end < 0 ? rest : rest[..end];
        rest = end < 0 ? [] : rest[(end + 1)..];
        return field;
    }

    /// <summary>Space, tab, newline and backslash are written as \ and three octal digits.</summary>
    private static string Unescape(ReadOnlySpan<byte> field)
    {
        if (field.IndexOf((byte)'\\') < 0)
        {
            return Encoding.UTF8.GetString(field);
        }

        var plain = new byte[field.Length];
        var length = 0;
        for (var i = 0; i < field.Length; i++)
        {
            var escaped = field[i] == '\\' && i + 3 < field.Length;
            plain[length++] = escaped
                ? (byte)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0'))
                : field[i];
            i += escaped ? 3 : 0;
        }

        return Encoding.UTF8.GetString(plain, 0, length);
    }
}
