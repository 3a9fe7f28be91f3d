using System.Globalization;
using MyDocker.Kernel.Resctrl;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Resctrl;

/// <summary>
/// linux.intelRdt: the group of resctrl that a container's processes are in. With a closID it is the caller's, made if it is not
/// there and left behind; without one it has the container's id and goes with it. The monitoring group is always the container's.
/// </summary>
public sealed class RdtGroup
{
    private const int DirectoryMode = 0x1ED; // 0755

    private readonly string _root;
    private readonly List<string> _compared;
    private readonly List<string> _schemata;
    private bool _exists;

    private RdtGroup(LinuxIntelRdt rdt, string id, string root)
    {
        _root = root;
        _compared = [.. ((string?[])[rdt.L3CacheSchema, rdt.MemBwSchema]).OfType<string>().Where(schema => schema.Length > 0)];
        _schemata = rdt.Schemata ?? [];
        IsOwn = string.IsNullOrEmpty(rdt.ClosID);
        Path = IsOwn ? $"{root}/{id}" : rdt.ClosID == "/" ? root : $"{root}/{rdt.ClosID}";
        MonitorPath = rdt.EnableMonitoring ? $"{Path}/mon_groups/{id}" : null;
    }

    /// <summary>The group's directory.</summary>
    public string Path { get; }

    /// <summary>No closID is given.</summary>
    public bool IsOwn { get; }

    /// <summary>The monitoring group's directory; null: none is asked for.</summary>
    public string? MonitorPath { get; }

    /// <summary>Makes nothing. Null: the configuration asks for none.</summary>
    /// <param name="root">where resctrl is mounted; null: nowhere.</param>
    /// <exception cref="SpecException">it is not mounted, or a closID alone names a group that is not there.</exception>
    public static RdtGroup? Of(LinuxIntelRdt? rdt, string id, Func<string?> root)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (rdt is null)
        {
            return null;
        }

        var mount = root() ?? throw new SpecException("linux.intelRdt", "is given, and resctrl is not mounted: mount -t resctrl resctrl /sys/fs/resctrl, on a processor that has it");
        var group = new RdtGroup(rdt, id, mount);
        group.Check();
        return group;
    }

    /// <summary>Makes the group, unless it is there.</summary>
    public void Make()
    {
        if (!_exists)
        {
            MakeDirectory(Path, isOthersFine: !IsOwn);
        }

        if (MonitorPath is not null)
        {
            MakeDirectory(MonitorPath, isOthersFine: false);
        }
    }

    /// <summary>
    /// Writes what is asked for: l3CacheSchema, memBwSchema, schemata. What a group that was there already has of the first
    /// two was compared.
    /// </summary>
    public void Configure()
    {
        List<string> lines = _exists ? _schemata : [.. _compared, .. _schemata];
        if (lines.Count > 0)
        {
            Write(_root, $"{Path}/schemata", string.Join('\n', lines) + "\n");
        }
    }

    /// <summary>Takes a process in; what that starts later is in, too.</summary>
    /// <param name="paths">group, then monitoring group, which takes members of its group only.</param>
    public static void Join(int pid, params IEnumerable<string?> paths)
    {
        foreach (var path in paths.OfType<string>())
        {
            Write(System.IO.Path.GetDirectoryName(path)!, $"{path}/tasks", pid.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Changes shares of a group.</summary>
    public static void Update(string path, string schema) => Write(System.IO.Path.GetDirectoryName(path)!, $"{path}/schemata", schema + "\n");

    /// <summary>Removes what is the container's; its last processes, if any, go to the group above.</summary>
    public static void Remove(string? ownPath, string? monitorPath)
    {
        foreach (var path in ((string?[])[monitorPath, ownPath]).OfType<string>())
        {
            var errno = Files.TryUnlink(path, directory: true);
            if (errno is not (Errno.None or Errno.ENOENT))
            {
                RuntimeLog.Warn($"cannot remove the resctrl group {path}: {errno.Describe()}");
            }
        }
    }

    /// <summary>Before anything is made.</summary>
    private void Check()
    {
        var schemata = Files.TryReadText($"{Path}/schemata", out var errno);
        _exists = errno == Errno.None;
        if (IsOwn)
        {
            if (Files.Exists(Path))
            {
                throw new SpecException("linux.intelRdt", $"the resctrl group {Path} exists; it is somebody else's, or a container's that was not deleted");
            }
        }
        else if (!_exists && _compared.Count + _schemata.Count == 0)
        {
            throw new SpecException("linux.intelRdt.closID", $"there is no resctrl group {Path}; make it beforehand, or give l3CacheSchema, memBwSchema or schemata");
        }
        else if (_exists && _compared.Find(schema => !Schemata.Has(schemata!, schema)) is { } other)
        {
            throw new SpecException($"linux.intelRdt.{(other.StartsWith("MB:", StringComparison.Ordinal) ? "memBwSchema" : "l3CacheSchema")}", $"\"{other}\" is not what the resctrl group {Path} has: {schemata!.Trim().ReplaceLineEndings(", ")}");
        }
    }

    private void MakeDirectory(string path, bool isOthersFine)
    {
        var errno = Files.TryMakeDirectory(path, DirectoryMode);
        if (errno != Errno.None && !(errno == Errno.EEXIST && isOthersFine))
        {
            throw Refused("make the resctrl group", path, errno, _root);
        }
    }

    private static void Write(string root, string file, string text)
    {
        var errno = Files.TryWriteExisting(file, text);
        if (errno != Errno.None)
        {
            throw Refused($"write \"{text.Trim().ReplaceLineEndings(", ")}\" to", file, errno, root);
        }
    }

    private static Exception Refused(string operation, string path, Errno errno, string root)
    {
        var status = ResctrlFileSystem.LastStatus(root);
        return status.Length == 0 ? new KernelException(operation, path, errno) : new ContainerException($"{operation} {path}: {errno.Describe()}: {status}");
    }
}
