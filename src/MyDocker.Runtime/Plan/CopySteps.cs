using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// tmpcopyup for a user without rights over mounts: the planner looks at what is there, and the child, root of its user namespace,
/// copies it, one call after the other. Owners, modes and times go along; extended attributes and what changes in between do not.
/// </summary>
internal sealed unsafe class CopySteps(LaunchPlan plan, LinuxSpec? linux)
{
    /// <summary>sendfile(2) transfers no more at once.</summary>
    private const int MostAtOnce = 0x7ffff000;

    private SyscallProgram Child => plan.Child;

    /// <summary>Fills a new mount with what the root file system has at a path.</summary>
    public void Add(string rootfs, string path, Cell mount, bool keepsMode)
    {
        using var root = Files.Open(rootfs, O_PATH | O_DIRECTORY);
        var errno = RootedPath.TryOpen(root, path, O_RDONLY | O_DIRECTORY, out var seen);
        if (errno == Errno.ENOENT)
        {
            return;
        }

        using (seen ?? throw new KernelException("copy up", path, errno))
        {
            plan.Builder.OpenInRoot(path, O_RDONLY | O_DIRECTORY, out var from, "copy up");
            var to = Open(mount, ".", O_RDONLY | O_DIRECTORY, path);
            AddDirectory(seen, from, to, path, keepsMode);
        }
    }

    private void AddDirectory(Fd seen, Cell from, Cell to, string path, bool keepsMode = false)
    {
        var names = new List<string>();
        Files.List(seen, names);
        foreach (var name in names)
        {
            if (Files.TryStat(name, out var stat, followLinks: false, seen) == Errno.None)
            {
                AddOne(seen, from, to, name, stat, $"{path}/{name}");
            }
        }

        AddProperties(to, Files.StatOf(seen), path, keepsMode);
        Child.Add("close", path, Nr.close, from);
        Child.Add("close", path, Nr.close, to);
    }

    private void AddOne(Fd seen, Cell from, Cell to, string name, in Stat stat, string path)
    {
        var text = Child.Text(name);
        switch (stat.Mode & Stat.S_IFMT)
        {
            case Stat.S_IFDIR:
                Child.Add("copy up", path, Nr.mkdirat, to, text, 0x1C0);
                using (var below = Files.Open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, dir: seen))
                {
                    AddDirectory(below, Open(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, path), Open(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, path), path);
                }

                return;
            case Stat.S_IFREG:
                AddFile(from, to, name, stat, path);
                return;
            case Stat.S_IFLNK:
                Child.Add("copy up", path, Nr.symlinkat, Child.Text(Files.TryReadLink(name, seen) ?? ""), to, text);
                break;
            default:
                var device = (long)(stat.DeviceNodeMajor << 8) | (stat.DeviceNodeMinor & 0xff) | ((stat.DeviceNodeMinor & ~0xffu) << 12);
                Child.Add("copy up", path, Nr.mknodat, to, text, (int)stat.Mode, device); // EPERM for a device: no user has the right
                Child.Add("set mode of", path, Nr.fchmodat, to, text, stat.Permissions);
                break;
        }

        Child.Add("set owner of", path, Nr.fchownat, to, text, Inside(stat.Uid, linux?.UidMappings), Inside(stat.Gid, linux?.GidMappings), AT_SYMLINK_NOFOLLOW);
    }

    private void AddFile(Cell from, Cell to, string name, in Stat stat, string path)
    {
        var source = Open(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, path);
        var target = Open(to, name, O_WRONLY | O_CREAT | O_EXCL, path);
        for (var left = (long)stat.Size; left > 0; left -= MostAtOnce)
        {
            var count = Math.Min(left, MostAtOnce);
            Child.Add("copy up", path, Nr.sendfile, target, source, 0, count).AtLeast(count);
        }

        AddProperties(target, stat, path);
        Child.Add("close", path, Nr.close, source);
        Child.Add("close", path, Nr.close, target);
    }

    private Cell Open(Cell directory, string name, int flags, string path)
    {
        var cell = Child.NewCell();
        Child.Add("copy up", path, Nr.openat, directory, Child.Text(name), flags | O_CLOEXEC, 0x180).Into(cell);
        return cell;
    }

    /// <summary>Owner before mode: a change of owner takes set-id bits away.</summary>
    private void AddProperties(Cell file, in Stat stat, string path, bool keepsMode = false)
    {
        Child.Add("set owner of", path, Nr.fchown, file, Inside(stat.Uid, linux?.UidMappings), Inside(stat.Gid, linux?.GidMappings));
        if (!keepsMode)
        {
            Child.Add("set mode of", path, Nr.fchmod, file, stat.Permissions);
        }

        var times = (long*)Child.Arena.Alloc(4 * sizeof(long));
        times[0] = times[2] = stat.ModifiedSeconds;
        times[1] = times[3] = stat.ModifiedNanoseconds;
        Child.Add("set times of", path, Nr.utimensat, file, 0, Arg.Address(times), 0);
    }

    /// <summary>An id of the host as the container has it; what has none there becomes root's.</summary>
    private static long Inside(uint id, List<LinuxIDMapping>? mappings)
        => mappings is not { Count: > 0 } ? id
            : mappings.Find(range => id >= range.HostID && id - range.HostID < range.Size) is { } own ? id - own.HostID + own.ContainerID : 0;
}
