using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// linux.devices and the default devices and links of the runtime-spec. In a user namespace nodes cannot be made; there the
/// host's own are mounted over empty files. The host's /dev is still in sight then, before pivot_root.
/// </summary>
internal static unsafe class DeviceSteps
{
    private readonly record struct Node(string Path, int Type, int Major, int Minor, int Mode, uint Uid = 0, uint Gid = 0);

    private static Node[] DefaultNodes =>
    [
        new("/dev/null", Stat.S_IFCHR, 1, 3, 0x1B6),
        new("/dev/zero", Stat.S_IFCHR, 1, 5, 0x1B6),
        new("/dev/full", Stat.S_IFCHR, 1, 7, 0x1B6),
        new("/dev/random", Stat.S_IFCHR, 1, 8, 0x1B6),
        new("/dev/urandom", Stat.S_IFCHR, 1, 9, 0x1B6),
        new("/dev/tty", Stat.S_IFCHR, 5, 0, 0x1B6),
    ];

    private static (string Target, string Link)[] Links =>
    [
        ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"), ("/proc/self/fd/2", "stderr"),
        ("pts/ptmx", "ptmx"), ("/proc/kcore", "core"),
    ];

    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        var dev = request.Spec.Mounts?.LastOrDefault(mount => mount.Destination?.TrimEnd('/') == "/dev");
        if (dev is null || MountOptions.Parse(dev.Options, dev.Type).IsBind)
        {
            return; // the caller brought its own /dev, or wants none
        }

        var nodes = new List<Node>(DefaultNodes);
        foreach (var device in request.Spec.Linux?.Devices ?? [])
        {
            var node = ToNode(device);
            nodes.RemoveAll(other => other.Path == node.Path);
            nodes.Add(node);
        }

        var directory = plan.Builder.EnsureDirectory("/dev");
        var mapped = NamespaceSteps.HasUserNamespace(request.Spec);
        foreach (var node in nodes)
        {
            if (mapped)
            {
                AddMounted(plan, directory, node);
            }
            else
            {
                AddMade(plan, directory, node);
            }
        }

        foreach (var (target, link) in Links)
        {
            plan.Child.Add("create link", $"/dev/{link}", Nr.symlinkat, plan.Child.Text(target), directory, plan.Child.Text(link)).Tolerate(Errno.EEXIST);
        }

    }

    private static void AddMounted(LaunchPlan plan, Cell directory, Node node)
    {
        var child = plan.Child;
        var target = child.NewCell();
        var tree = child.NewCell();
        if (IsDirectlyInDev(node.Path, out var name))
        {
            child.Add("create file", node.Path, Nr.mknodat, directory, child.Text(name), Stat.S_IFREG | 0x1B6, 0).Tolerate(Errno.EEXIST);
            child.Add("open", node.Path, Nr.openat, directory, child.Text(name), O_PATH | O_NOFOLLOW | O_CLOEXEC).Into(target);
        }
        else
        {
            target = plan.Builder.EnsureFile(node.Path);
        }

        child.Add("open the host's", node.Path, Nr.open_tree, AT_FDCWD, child.Text(node.Path), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC).Into(tree);
        plan.Builder.Attach(tree, target, "the host's", node.Path);
    }

    private static void AddMade(LaunchPlan plan, Cell directory, Node node)
    {
        var child = plan.Child;
        if (!IsDirectlyInDev(node.Path, out var name))
        {
            directory = plan.Builder.EnsureDirectory(Path.GetDirectoryName(node.Path)!);
        }

        var text = child.Text(name);
        var number = (node.Major << 8) | (node.Minor & 0xff) | ((node.Minor & ~0xff) << 12);
        child.Add("create device", node.Path, Nr.mknodat, directory, text, node.Type | node.Mode, number).Tolerate(Errno.EEXIST);
        child.Add("set mode of", node.Path, Nr.fchmodat, directory, text, node.Mode); // the umask had its say above
        if (node.Uid != 0 || node.Gid != 0)
        {
            child.Add("set owner of", node.Path, Nr.fchownat, directory, text, (long)node.Uid, (long)node.Gid, AT_SYMLINK_NOFOLLOW);
        }
    }

    private static bool IsDirectlyInDev(string path, out string name)
    {
        name = path[(path.LastIndexOf('/') + 1)..];
        return path.StartsWith("/dev/", StringComparison.Ordinal) && path.Length == name.Length + 5;
    }

    private static Node ToNode(LinuxDevice device)
    {
        var type = device.Type switch
        {
            "c" or "u" => Stat.S_IFCHR,
            "b" => Stat.S_IFBLK,
            "p" => Stat.S_IFIFO,
            var other => throw new SpecException("linux.devices.type", $"unknown device type \"{other}\" of {device.Path}"),
        };
        return new Node(device.Path!, type, (int)(device.Major), (int)(device.Minor), (int)(device.FileMode ?? 0x1B6), device.Uid ?? 0, device.Gid ?? 0);
    }
}
