using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountFlags;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>root, linux.rootfsPropagation: the union of the layers (or a directory), pivot_root onto it, read-only if asked.</summary>
internal static unsafe class RootfsSteps
{
    /// <summary>mount(2) takes one page of options; longer ones go layer by layer through fsconfig (lowerdir+, 6.5).</summary>
    private const int OptionPage = 4000;

    public static void AddMount(LaunchPlan plan, LaunchRequest request)
    {
        var child = plan.Child;
        var builder = plan.Builder;
        child.Add("make mounts receive only:", "/", Nr.mount, builder.Empty, child.Text("/"), 0, MS_REC | MS_SLAVE, 0);
        if (request.Rootfs is RootfsSource.Overlay overlay)
        {
            OpenRoot(plan, "root");
            MaskSteps.AddEmptyDirectory(plan, request, builder.Root);
            AddOverlay(plan, request, overlay);
            OpenRoot(plan, "root");
            return;
        }

        var path = ((RootfsSource.Existing)request.Rootfs).Path;
        OpenRoot(plan, path);
        var copy = builder.CloneMount(builder.Root, recursive: true, path);
        builder.SetAttributes(copy, new MountAttr { Propagation = MS_PRIVATE }, recursive: true, "make private", path);
        MaskSteps.AddEmptyDirectory(plan, request, builder.Root);
        builder.Attach(copy, builder.Root, "the root file system", path);
        child.Add("use as root", path, Nr.dup3, copy, builder.Root, O_CLOEXEC);
    }

    private static void OpenRoot(LaunchPlan plan, string path)
        => plan.Child.Add("open root file system", path, Nr.openat, AT_FDCWD, plan.Child.Text(path), O_PATH | O_DIRECTORY | O_CLOEXEC).Into(plan.Builder.Root);

    private static void AddOverlay(LaunchPlan plan, LaunchRequest request, RootfsSource.Overlay overlay)
    {
        var child = plan.Child;
        var mapped = NamespaceSteps.IsNew(request.Spec, "user");

        // Two mounts, however many layers there are, with mapped owners where needed: see docs/adr/0003.
        if (mapped)
        {
            // The own directory first: whether it can be mapped decides which owners a copy of the layers gets.
            var isOwnMapped = false;
            var fallback = request.OwnerFallback;
            AttachMapped(plan, overlay.Writable, "rw", state => OwnerMapping.OwnDirectory(overlay.Writable, state, fallback, out isOwnMapped));
            AttachMapped(plan, overlay.LayersParent, "lower", state => OwnerMapping.Layers(overlay.LayersParent, isOwnMapped, state, fallback));
        }
        else
        {
            AttachPlain(plan, overlay.LayersParent, "lower");
            AttachPlain(plan, overlay.Writable, "rw");
        }

        var layers = overlay.Layers.Select(layer => layer == "." ? "lower" : $"lower/{layer}").ToList();
        var words = mapped ? "userxattr" : "index=off,metacopy=off";
        if (overlay.Volatile)
        {
            words += ",volatile";
        }

        var joined = string.Join(':', layers.Select(Escape));
        if (joined.Length < OptionPage)
        {
            var options = $"lowerdir={joined},upperdir=rw/upper,workdir=rw/work,{words}";
            child.Add("mount overlay on", "root", Nr.mount, child.Text("overlay"), child.Text("root"), child.Text("overlay"), MS_NODEV, child.Text(options));
            return;
        }

        var data = layers.Select(layer => $"lowerdir+={layer}").Concat(["upperdir=rw/upper", "workdir=rw/work"]).Concat(words.Split(',')).ToList();
        var mount = plan.Builder.NewMount("overlay", "overlay", data, MountAttributes.MOUNT_ATTR_NODEV, "root");
        OpenRoot(plan, "root");
        plan.Builder.Attach(mount, plan.Builder.Root, "overlay", "root");
    }

    private static void AttachMapped(LaunchPlan plan, string source, string mountPoint, Func<LaunchState, Fd> open)
    {
        var tree = plan.HandOver(OwnerMapping.Operation, source, open);
        plan.Child.Add("mount mapped", $"{source} on {mountPoint}", Nr.move_mount, tree, plan.Builder.Empty, AT_FDCWD, plan.Child.Text(mountPoint), MountCalls.MOVE_MOUNT_F_EMPTY_PATH);
    }

    private static void AttachPlain(LaunchPlan plan, string source, string mountPoint)
    {
        var child = plan.Child;
        var tree = child.NewCell();
        child.Add("open tree", source, Nr.open_tree, AT_FDCWD, child.Text(source), MountCalls.OPEN_TREE_CLONE | MountCalls.OPEN_TREE_CLOEXEC).Into(tree);
        child.Add("mount", $"{source} on {mountPoint}", Nr.move_mount, tree, plan.Builder.Empty, AT_FDCWD, child.Text(mountPoint), MountCalls.MOVE_MOUNT_F_EMPTY_PATH);
    }

    /// <summary>overlayfs: ":" separates layers, "," options and "\" escapes.</summary>
    private static string Escape(string path) => path.Replace("\\", "\\\\").Replace(":", "\\:").Replace(",", "\\,");

    public static void AddPivot(LaunchPlan plan, LaunchRequest request)
    {
        var child = plan.Child;
        var dot = child.Text(".");
        child.Add("enter", "the root file system", Nr.fchdir, plan.Builder.Root);
        child.Add("pivot_root to", "the root file system", Nr.pivot_root, dot, dot);
        child.Add("detach", "the host's mounts", Nr.umount2, dot, MNT_DETACH);
        child.Add("enter", "/", Nr.chdir, child.Text("/"));
        var propagation = request.Spec.Linux?.RootfsPropagation switch
        {
            null or "" or "private" or "rprivate" => 0,
            "slave" or "rslave" => MS_SLAVE,
            "shared" or "rshared" => MS_SHARED,
            "unbindable" or "runbindable" => MS_UNBINDABLE,
            var other => throw new SpecException("linux.rootfsPropagation", $"unknown propagation \"{other}\""),
        };
        if (propagation != 0)
        {
            child.Add("set propagation of", "/", Nr.mount, plan.Builder.Empty, child.Text("/"), 0, propagation | MS_REC, 0);
        }
    }

    public static void AddReadOnly(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Spec.Root?.Readonly == true)
        {
            plan.Builder.SetAttributes(plan.Builder.Root, new MountAttr { Set = MountAttributes.MOUNT_ATTR_RDONLY }, recursive: false, "make read-only", "/");
        }
    }
}
