using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// linux.devices and the default devices and links of the runtime-spec. In a user namespace nodes cannot be made: the parent has
/// made those of a new /dev already (<see cref="DevFileSystem"/>), and for others the host's own are mounted over empty files.
/// The host's /dev is still in sight then, before pivot_root.
/// </summary>
internal static unsafe class DeviceSteps
{
    private static (string Target, string Link)[] Links =>
    [
        ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"), ("/proc/self/fd/2", "stderr"),
        ("/proc/kcore", "core"),
    ];

    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        var nodes = DeviceNode.Of(request.Spec);
        if (request.Spec.Mounts?.Any(mount => IsDev(mount.Destination) && MountOptions.Parse(mount.Options, mount.Type).IsBind) == true)
        {
            return; // the caller brought its own /dev
        }

        var child = plan.Child;
        var fresh = plan.Places.FreshAt("/dev");
        var directory = fresh ?? plan.Builder.EnsureDirectory("/dev");
        var bound = NamespaceSteps.HasUserNamespace(request.Spec) || request.RunsInUserNamespace;
        foreach (var node in nodes.Where(node => !bound || node.Type == Stat.S_IFIFO))
        {
            AddMade(plan, directory, node);
        }

        if (bound)
        {
            var areMade = fresh is not null && DevFileSystem.Makes(request);
            AddMounted(plan, directory, nodes.Where(node => node.Type != Stat.S_IFIFO && !(areMade && node.IsInDev)));
            if (areMade)
            {
                // One look tells whether the parent could make them: a container that launches containers may lack CAP_MKNOD.
                var probe = child.Add("look for", "/dev/zero", Nr.faccessat2, directory, child.Text("zero"), 0, AT_SYMLINK_NOFOLLOW).Tolerate(Errno.ENOENT);
                AddMounted(plan, directory, nodes.Where(node => node.Type != Stat.S_IFIFO && node.IsInDev));
                probe.SkipsTo(child.Count);
            }
        }

        AddLinks(plan, directory, isFresh: fresh is not null);
    }

    private static bool IsDev(string destination) => $"/{destination}".TrimEnd('/').Replace("//", "/", StringComparison.Ordinal) == "/dev";

    /// <summary>In a /dev of the image a ptmx of its own gives way: it would not be the container's devpts.</summary>
    private static void AddLinks(LaunchPlan plan, Cell directory, bool isFresh)
    {
        var child = plan.Child;
        foreach (var (target, link) in Links)
        {
            child.Add("create link", $"/dev/{link}", Nr.symlinkat, child.Text(target), directory, child.Text(link)).Tolerate(Errno.EEXIST);
        }

        if (!isFresh)
        {
            child.Add("remove", "/dev/ptmx", Nr.unlinkat, directory, child.Text("ptmx"), 0).Tolerate(Errno.ENOENT);
        }

        child.Add("create link", "/dev/ptmx", Nr.symlinkat, child.Text("pts/ptmx"), directory, child.Text("ptmx")).Tolerate(Errno.EEXIST);
    }

    private static void AddMounted(LaunchPlan plan, Cell directory, IEnumerable<DeviceNode> nodes)
    {
        foreach (var node in nodes)
        {
            AddMounted(plan, directory, node);
        }
    }

    private static void AddMounted(LaunchPlan plan, Cell directory, DeviceNode node)
    {
        var child = plan.Child;
        var tree = child.NewCell();
        Place place;
        if (node.IsDirectlyInDev)
        {
            child.Add("create file", node.Path, Nr.mknodat, directory, child.Text(node.Name), Stat.S_IFREG | 0x1B6, 0).Tolerate(Errno.EEXIST);
            child.Add("open", node.Path, Nr.openat, directory, child.Text(node.Name), O_PATH | O_NOFOLLOW | O_CLOEXEC).Into(tree);
            place = plan.Places.Open(tree);
            tree = child.NewCell();
        }
        else
        {
            place = plan.Places.File(node.Path);
        }

        const ulong Attributes = MountAttributes.MOUNT_ATTR_NOSUID | MountAttributes.MOUNT_ATTR_NOEXEC;
        child.Add("open the host's", node.Path, Nr.open_tree, AT_FDCWD, child.Text(node.Path), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Into(tree);
        plan.Builder.SetAttributes(tree, new MountAttr { Set = Attributes }, recursive: false, "set attributes of the host's", node.Path);
        plan.Builder.Attach(tree, place, "the host's", node.Path);
    }

    /// <summary>What is there already stays as it is (EEXIST), whatever it is: as with runc.</summary>
    private static void AddMade(LaunchPlan plan, Cell directory, DeviceNode node)
    {
        var child = plan.Child;
        if (!node.IsDirectlyInDev)
        {
            directory = plan.Builder.EnsureDirectory(Path.GetDirectoryName(node.Path)!);
        }

        var text = child.Text(node.Name);
        var make = child.Add("create device", node.Path, Nr.mknodat, directory, text, node.Type | node.Mode, node.Number).Tolerate(Errno.EEXIST);
        if (node.Uid != 0 || node.Gid != 0)
        {
            child.Add("set owner of", node.Path, Nr.fchownat, directory, text, (long)node.Uid, (long)node.Gid, AT_SYMLINK_NOFOLLOW);
        }

        if ((node.Mode & SetIdBits) != 0)
        {
            child.Add("set mode of", node.Path, Nr.fchmodat, directory, text, node.Mode); // the change of owner took the set-id bits
        }

        make.OnToleratedGoTo(child.Count);
    }

    private const int SetIdBits = 0xC00;
}
