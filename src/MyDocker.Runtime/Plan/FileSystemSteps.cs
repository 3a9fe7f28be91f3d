using System.Globalization;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountAttributes;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>Mounts of new file systems: proc, sysfs, tmpfs, devpts, mqueue, overlay, and any other that the kernel has.</summary>
internal static unsafe class FileSystemSteps
{
    public static void Add(MountEntry entry)
    {
        var (plan, options, path) = (entry.Plan, entry.Options, entry.Destination);
        var type = entry.Spec.Type is { Length: > 0 } given ? given : throw new SpecException($"{entry.Path}.type", "is missing, and the options say neither bind nor rbind");
        if (options.CopiesUp && type != "tmpfs")
        {
            throw new SpecException($"{entry.Path}.options", $"tmpcopyup is for tmpfs; this is {type}");
        }

        if (options.IsMapped || entry.Spec.UidMappings is not null || entry.Spec.GidMappings is not null)
        {
            throw new SpecException($"{entry.Path}.options", "only bind mounts can have their owners mapped");
        }

        var words = Words(entry, type);
        var isLate = (options.Set & MOUNT_ATTR_RDONLY) != 0 && (type == "tmpfs" || path == "/dev");
        var attributes = isLate ? options.Set & ~MOUNT_ATTR_RDONLY : options.Set;
        var mount = options.CopiesUp ? AddCopy(entry, words, attributes)
            : NeedsOneString(type, entry.Spec.Source, words) ? AddByMount(entry, type, words, attributes)
            : AddNew(entry, type, words, attributes);
        entry.Places.Take(path, type == "tmpfs" && !options.CopiesUp ? mount : null);
        AddAfterwards(entry, mount, isLate);
        Remember(plan, type, path, mount);
    }

    private static Cell AddNew(MountEntry entry, string type, List<string> words, ulong attributes)
    {
        var (plan, path) = (entry.Plan, entry.Destination);
        var isKernels = type is "proc" or "sysfs";
        var inherits = type == "tmpfs" && InheritsMode(words) && !entry.Places.KnowsImage(path);
        var mode = inherits ? plan.Child.Arena.Copy(new Stat { Mode = 0x3FF }) : null;
        var place = entry.Places.Directory(path, isKernels ? MountPlaces.NoLinks : null, mode);
        var source = entry.Spec.Source ?? type;
        Cell mount;
        if (type == "sysfs" && entry.Request.Spec is var spec && NamespaceSteps.HasUserNamespace(spec) && !NamespaceSteps.IsNew(spec, "network") && (attributes & MOUNT_ATTR_RDONLY) != 0)
        {
            mount = AddSysOrHosts(entry, place, attributes);
        }
        else
        {
            mount = path == "/dev" && type == "tmpfs" && DevFileSystem.Makes(entry.Request)
                ? MountOrder.MakeAnew(entry, plan.Inherit("make, with its devices,", path, () => DevFileSystem.Make(entry.Request.Spec, [$"source={source}", .. words], attributes)))
                : plan.Builder.NewMount(type, source, words, attributes, path);
            plan.Builder.Attach(mount, place, type, path);
        }

        if (mode is not null && place.IsOpen)
        {
            plan.Child.Add("set mode, as it was, of", path, Nr.fchmodat, mount, plan.Child.Text("."), SyscallProgram.CellAt(&mode->Mode));
        }

        return mount;
    }

    /// <summary>
    /// sysfs shows a network namespace, and takes rights over that. A container with users of its own that shares the host's, or
    /// joins one, may have none (EPERM): then it sees the host's /sys, all of it read-only, as with crun.
    /// </summary>
    private static Cell AddSysOrHosts(MountEntry entry, Place place, ulong attributes)
    {
        var (plan, child, path) = (entry.Plan, entry.Plan.Child, entry.Destination);
        var hosts = entry.Request.IsMountedByChild ? child.NewCell() : plan.Inherit("open tree", "/sys", () => CloneSys(attributes));
        var context = child.NewCell();
        var mount = child.NewCell();
        var open = child.Add("mount (fsopen)", $"sysfs on {path}", Nr.fsopen, child.Text("sysfs"), FSOPEN_CLOEXEC).Into(context).Tolerate(Errno.EPERM);
        plan.Builder.Configure(context, FSCONFIG_SET_STRING, "source", entry.Spec.Source ?? "sysfs", $"sysfs on {path}");
        var create = child.Add("mount", $"sysfs on {path}", Nr.fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0).Tolerate(Errno.EPERM);
        var finish = child.Add("mount (fsmount)", $"sysfs on {path}", Nr.fsmount, context, FSMOUNT_CLOEXEC, (long)attributes).Into(mount).Tolerate(Errno.EPERM);
        finish.SkipsTo(child.Count + (entry.Request.IsMountedByChild ? 3 : 1));
        open.OnToleratedGoTo(child.Count);
        create.OnToleratedGoTo(child.Count);
        if (entry.Request.IsMountedByChild)
        {
            plan.Builder.CloneHostMount("/sys", recursive: true, hosts);
            plan.Builder.SetAttributes(hosts, OfSys(attributes), recursive: true, "set attributes of", "/sys");
        }

        child.Add("take instead", "the host's /sys", Nr.fcntl, hosts, Descriptors.F_DUPFD_CLOEXEC, 3).Into(mount);
        plan.Builder.Attach(mount, place, "sysfs", path);
        return mount;
    }

    private static MountAttr OfSys(ulong attributes) => new() { Set = attributes & MountOptions.Lockable, Propagation = MountFlags.MS_PRIVATE };

    private static Fd CloneSys(ulong attributes)
    {
        var tree = MountTree.Clone("/sys", recursive: true);
        var errno = MountTree.TrySetAttributes(tree, OfSys(attributes), recursive: true);
        if (errno != Errno.None)
        {
            tree.Dispose();
            throw new KernelException("set attributes of", "/sys", errno);
        }

        return tree;
    }

    /// <summary>
    /// fsconfig(2) takes 255 bytes a value and knows no quotes; where that is not enough the old mount(2) does it, which wants a
    /// path: the directory is entered for a moment.
    /// </summary>
    private static Cell AddByMount(MountEntry entry, string type, List<string> words, ulong attributes)
    {
        var (plan, child, path) = (entry.Plan, entry.Plan.Child, entry.Destination);
        var place = entry.Places.Directory(path);
        var back = child.NewCell();
        child.Add("remember", "the working directory", Nr.openat, AT_FDCWD, child.Text("."), OpenFlags.O_PATH | OpenFlags.O_CLOEXEC).Into(back);
        child.Add("enter", path, Nr.fchdir, entry.Places.Descriptor(place, path));
        child.Add($"mount {type} on", path, Nr.mount, child.Text(entry.Spec.Source ?? type), child.Text("."), child.Text(type), ToMountFlags(attributes), child.Text(string.Join(',', words.Select(Quote))));
        child.Add("leave", path, Nr.fchdir, back);
        plan.Builder.OpenInRoot(path, OpenFlags.O_PATH, out var mount, "open mount");
        return mount;
    }

    /// <summary>
    /// The tmpfs is made and filled by the parent, from what the root file system has there; by the child where the parent has no
    /// right to.
    /// </summary>
    private static Cell AddCopy(MountEntry entry, List<string> words, ulong attributes)
    {
        var (plan, path) = (entry.Plan, entry.Destination);
        if (entry.Request.Rootfs is not RootfsSource.Existing { Path: var rootfs } || entry.Places.IsCovered(path))
        {
            throw new SpecException($"{entry.Path}.options", $"tmpcopyup copies from the root file system, which has nothing at {path} that could be copied");
        }

        var keepsMode = !InheritsMode(entry.Options.Data);
        if (entry.Request.IsMountedByChild)
        {
            var own = plan.Builder.NewMount("tmpfs", entry.Spec.Source ?? "tmpfs", words, attributes, path);
            new CopySteps(plan, NamespaceSteps.IsNew(entry.Request.Spec, "user") ? entry.Request.Spec.Linux : null).Add(rootfs, path, own, keepsMode);
            plan.Builder.Attach(own, entry.Places.Directory(path), "tmpfs", path);
            return own;
        }

        var place = entry.Places.Directory(path);
        words.Insert(0, $"source={entry.Spec.Source ?? "tmpfs"}");
        var copy = plan.Inherit("copy up into a tmpfs", path, () => CopyUp(rootfs, path, words, attributes, keepsMode));
        var mount = MountOrder.MakeAnew(entry, copy);
        plan.Builder.Attach(mount, place, "tmpfs", path);
        return mount;
    }

    private static Fd CopyUp(string rootfs, string path, List<string> words, ulong attributes, bool keepsMode)
    {
        using var root = Files.Open(rootfs, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        var mount = MountTree.New("tmpfs", words, attributes);
        try
        {
            var errno = RootedPath.TryOpen(root, path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, out var from);
            if (errno != Errno.ENOENT)
            {
                using (from ?? throw new KernelException("copy up", path, errno))
                using (var to = Files.Open(".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, dir: mount))
                {
                    TreeCopy.Copy(from, to, keepsMode);
                }
            }

            return mount;
        }
        catch
        {
            mount.Dispose();
            throw;
        }
    }

    private static void AddAfterwards(MountEntry entry, Cell mount, bool isLate)
    {
        var (plan, options, path) = (entry.Plan, entry.Options, entry.Destination);
        foreach (var flag in options.Propagation)
        {
            plan.Builder.SetAttributes(mount, new MountAttr { Propagation = (ulong)(flag & ~MountFlags.MS_REC) }, recursive: false, "set propagation of", path);
        }

        if (isLate)
        {
            entry.Places.LateAttributes.Add((mount, MOUNT_ATTR_RDONLY, false, path));
        }

        if ((options.RecursiveSet & MOUNT_ATTR_RDONLY) != 0)
        {
            entry.Places.LateAttributes.Add((mount, MOUNT_ATTR_RDONLY, true, path));
        }

        if (((options.RecursiveSet & ~MOUNT_ATTR_RDONLY) | options.RecursiveClear) != 0)
        {
            plan.Builder.SetAttributes(mount, new MountAttr { Set = options.RecursiveSet & ~MOUNT_ATTR_RDONLY, Clear = options.RecursiveClear }, recursive: true, "set attributes of", path);
        }

        entry.UseAsRootIfItIs(mount);
    }

    private static void Remember(LaunchPlan plan, string type, string path, Cell mount)
    {
        if (type == "proc" && path == "/proc")
        {
            plan.ProcMount = mount;
        }
        else if (type == "devpts" && path == "/dev/pts")
        {
            plan.TerminalMount = mount;
        }
    }

    private static List<string> Words(MountEntry entry, string type)
    {
        var (options, path) = (entry.Options, entry.Destination);
        List<string> words = [.. options.FileSystemWords];
        foreach (var word in options.Data)
        {
            // Several options in one word work for mount(2). overlayfs escapes its commas, SELinux quotes them.
            words.AddRange(type == "overlay" || word.Contains('"') ? [word] : word.Split(',', StringSplitOptions.RemoveEmptyEntries));
        }

        // As mount(2): on a disk it is the file system that is read-only. The kernel's own are what they are.
        if ((options.Set & MOUNT_ATTR_RDONLY) != 0 && !(type is "tmpfs" or "proc" or "sysfs" or "mqueue" or "devpts" or "cgroup2" or "ramfs"))
        {
            words.Insert(0, "ro");
        }

        if (type == "tmpfs" && InheritsMode(words) && entry.Places.InImage(path) is { IsDirectory: true } found)
        {
            words.Add($"mode={Convert.ToString(found.Permissions, 8).PadLeft(4, '0')}");
        }

        if (entry.Request.Spec.Linux?.MountLabel is { Length: > 0 } label && !(type is "proc" or "sysfs" or "mqueue"))
        {
            words.Add($"context={label}");
        }

        return words;
    }

    private static bool InheritsMode(List<string> words) => !words.Exists(word => word.StartsWith("mode=", StringComparison.Ordinal));

    private static bool NeedsOneString(string type, string? source, List<string> words)
        => System.Text.Encoding.UTF8.GetByteCount(source ?? "") > LongestValue
            || words.Exists(word => word.Contains('"') || (type == "overlay" && word.Contains(',')) || System.Text.Encoding.UTF8.GetByteCount(word) - word.IndexOf('=') - 1 > LongestValue);

    private static string Quote(string word)
        => word.StartsWith("context=", StringComparison.Ordinal) && word.Contains(',') && !word.Contains('"') ? $"context=\"{word[8..]}\"" : word;

    private static long ToMountFlags(ulong attributes)
    {
        long If(ulong attribute, int flag) => (attributes & attribute) != 0 ? flag : 0;
        return If(MOUNT_ATTR_RDONLY, MountFlags.MS_RDONLY) | If(MOUNT_ATTR_NOSUID, MountFlags.MS_NOSUID) | If(MOUNT_ATTR_NODEV, MountFlags.MS_NODEV)
            | If(MOUNT_ATTR_NOEXEC, MountFlags.MS_NOEXEC) | If(MOUNT_ATTR_NOSYMFOLLOW, MountFlags.MS_NOSYMFOLLOW) | If(MOUNT_ATTR_NOATIME, MountFlags.MS_NOATIME)
            | If(MOUNT_ATTR_STRICTATIME, MountFlags.MS_STRICTATIME) | If(MOUNT_ATTR_NODIRATIME, MountFlags.MS_NODIRATIME);
    }
}
