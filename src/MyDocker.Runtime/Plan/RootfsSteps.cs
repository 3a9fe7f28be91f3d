using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using static MyDocker.Kernel.Mounts.MountFlags;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>root, linux.rootfsPropagation: the union of the layers (or a directory), pivot_root onto it (or chroot), read-only if asked.</summary>
internal static unsafe class RootfsSteps
{
    /// <summary>mount(2) takes one page of options; longer ones go layer by layer through fsconfig (lowerdir+, 6.5).</summary>
    private const int OptionPage = 4000;

    public static void AddMount(LaunchPlan plan, LaunchRequest request)
    {
        var child = plan.Child;
        var builder = plan.Builder;
        child.Add("make files with", "the modes asked for", Nr.umask, 0); // the command's own comes later
        if (request.Rootfs is RootfsSource.Existing { Path: var path })
        {
            AddExisting(plan, request, path);
            return;
        }

        MakeSlaves(plan);
        OpenRoot(plan, "root", builder.Root);
        MaskSteps.AddEmptyDirectory(plan, request, new Place(builder.Root, builder.Empty, isOpen: true));
        AddOverlay(plan, request, (RootfsSource.Overlay)request.Rootfs);
        OpenRoot(plan, "root", builder.Root);
    }

    /// <summary>Nothing that is mounted from now on spreads to the host; what the host unmounts goes here, too.</summary>
    private static void MakeSlaves(LaunchPlan plan)
        => plan.Child.Add("make mounts receive only:", "/", Nr.mount, plan.Builder.Empty, plan.Child.Text("/"), 0, MS_REC | MS_SLAVE, 0);

    /// <summary>
    /// The parent copies the directory's mount, if it can, so that the child needs no right to walk the path to it. It goes over "/", where
    /// paths of the host are still found below it; for hooks, which enter the namespace and look for it where it is said to be,
    /// over its own directory.
    /// </summary>
    private static void AddExisting(LaunchPlan plan, LaunchRequest request, string path)
    {
        var builder = plan.Builder;
        var errno = Files.TryStat(path, out var stat);
        if (errno != Errno.None || !stat.IsDirectory)
        {
            throw new SpecException("root.path", $"{path}: {(errno == Errno.None ? Errno.ENOTDIR : errno).Describe()}; it is the directory of the root file system");
        }

        if (!HasMountNamespace(request.Spec))
        {
            AddOverItself(plan, path);
            return;
        }

        var isPlain = (PropagationOf(request.Spec) & MS_SLAVE) == 0;
        if (request.IsMountedByChild)
        {
            MakeSlaves(plan);
            builder.CloneHostMount(path, recursive: true, builder.Root);
        }
        else
        {
            plan.Inherit("open tree", path, () => MountTree.Clone(path, recursive: true), builder.Root);
            MakeSlaves(plan);
        }

        var place = new Place(AT_FDCWD, plan.Child.Text("/"), isOpen: false);
        if (request.AtHooks is not null)
        {
            var directory = plan.Child.NewCell();
            OpenRoot(plan, path, directory);
            place = new Place(directory, builder.Empty, isOpen: true);
        }

        builder.SetAttributes(builder.Root, new MountAttr { Propagation = (ulong)(isPlain ? MS_PRIVATE : MS_SLAVE) }, recursive: true, isPlain ? "make private" : "make receive only:", path);
        MaskSteps.AddEmptyDirectory(plan, request, place);
        builder.Attach(builder.Root, place, "the root file system", path);
    }

    /// <summary>
    /// In the host's mount namespace mounts stay after the container. As with runc they lie on a mount of the directory over itself, so
    /// that one umount(8) --recursive takes them all.
    /// </summary>
    private static void AddOverItself(LaunchPlan plan, string path)
    {
        var builder = plan.Builder;
        var directory = plan.Child.NewCell();
        OpenRoot(plan, path, directory);
        builder.CloneHostMount(path, recursive: true, builder.Root);
        builder.SetAttributes(builder.Root, new MountAttr { Propagation = MS_PRIVATE }, recursive: true, "make private", path);
        builder.Attach(builder.Root, directory, "the root file system", path);
    }

    /// <summary>The container has a mount namespace other than the runtime's, new or joined.</summary>
    public static bool HasMountNamespace(RuntimeSpec spec) => spec.Linux?.Namespaces?.Any(entry => entry.Type == "mount") == true;

    /// <summary>linux.rootfsPropagation: one of the MS_ flags, with MS_REC where it begins with an "r"; 0 if there is none.</summary>
    public static int PropagationOf(RuntimeSpec spec) => spec.Linux?.RootfsPropagation switch
    {
        null or "" => 0,
        "private" => MS_PRIVATE,
        "rprivate" => MS_PRIVATE | MS_REC,
        "slave" => MS_SLAVE,
        "rslave" => MS_SLAVE | MS_REC,
        "shared" => MS_SHARED,
        "rshared" => MS_SHARED | MS_REC,
        "unbindable" => MS_UNBINDABLE,
        "runbindable" => MS_UNBINDABLE | MS_REC,
        var other => throw new SpecException("linux.rootfsPropagation", $"unknown propagation \"{other}\"; it is shared, slave, private or unbindable, with an r before it or without"),
    };

    private static void OpenRoot(LaunchPlan plan, string path, Cell into)
        => plan.Child.Add("open root file system", path, Nr.openat, AT_FDCWD, plan.Child.Text(path), O_PATH | O_DIRECTORY | O_CLOEXEC).Into(into);

    private static void AddOverlay(LaunchPlan plan, LaunchRequest request, RootfsSource.Overlay overlay)
    {
        var child = plan.Child;
        var mapped = NamespaceSteps.HasUserNamespace(request.Spec);
        if (overlay.Layers.Count == 0)
        {
            AddCopy(plan, request, overlay.Writable, mapped);
            return;
        }

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
        OpenRoot(plan, "root", plan.Builder.Root);
        plan.Builder.Attach(mount, plan.Builder.Root, "overlay", "root");
    }

    /// <summary>Without a union: the directory that has all files, its owners mapped as those of a writable layer are.</summary>
    private static void AddCopy(LaunchPlan plan, LaunchRequest request, string writable, bool mapped)
    {
        var child = plan.Child;
        if (mapped)
        {
            AttachMapped(plan, writable, "rw", state => OwnerMapping.OwnDirectory(writable, state, request.OwnerFallback, out _));
        }
        else
        {
            AttachPlain(plan, writable, "rw");
        }

        var tree = child.NewCell();
        child.Add("open tree", "rw/upper", Nr.open_tree, AT_FDCWD, child.Text("rw/upper"), MountCalls.OPEN_TREE_CLONE | MountCalls.OPEN_TREE_CLOEXEC).Into(tree);
        plan.Builder.SetAttributes(tree, new MountAttr { Set = MountAttributes.MOUNT_ATTR_NODEV }, recursive: false, "set nodev on", "rw/upper");
        child.Add("mount", "rw/upper on root", Nr.move_mount, tree, plan.Builder.Empty, AT_FDCWD, child.Text("root"), MountCalls.MOVE_MOUNT_F_EMPTY_PATH);
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
        var propagation = PropagationOf(request.Spec);
        if (!HasMountNamespace(request.Spec))
        {
            RefuseWithoutNamespace(request.Spec);
            AddChroot(plan);
            return;
        }

        if (request.NoPivot)
        {
            NoPivotSteps.Add(plan, request);
            AddChroot(plan);
        }
        else
        {
            Pivot(plan);
        }

        if ((propagation & (MS_SHARED | MS_UNBINDABLE)) != 0)
        {
            child.Add("set propagation of", "/", Nr.mount, plan.Builder.Empty, child.Text("/"), 0, propagation, 0);
        }
    }

    public static void AddReadOnly(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Spec.Root?.Readonly == true && HasMountNamespace(request.Spec))
        {
            if (request.Spec.Process?.Cwd is { Length: > 1 } cwd && cwd.StartsWith('/'))
            {
                plan.Builder.EnsureDirectory(cwd); // it could not be made later
            }

            plan.Builder.SetAttributes(plan.Builder.Root, new MountAttr { Set = MountAttributes.MOUNT_ATTR_RDONLY }, recursive: false, "make read-only", "/");
        }
    }

    /// <summary>
    /// pivot_root(".", ".") puts the old root on top of the new one. Below it are the host's mounts, and on it whatever lies over the
    /// host's "/", by us or by others: umount2(2) takes the top-most, so it is repeated until the old root itself is gone (EINVAL).
    /// </summary>
    private static void Pivot(LaunchPlan plan)
    {
        var child = plan.Child;
        var dot = child.Text(".");
        var old = child.NewCell();
        child.Add("open", "the host's root", Nr.openat, AT_FDCWD, child.Text("/"), O_PATH | O_DIRECTORY | O_CLOEXEC).Into(old);
        child.Add("enter", "the root file system", Nr.fchdir, plan.Builder.Root);
        child.Add("pivot_root to", "the root file system", Nr.pivot_root, dot, dot);
        child.Add("enter", "the host's root", Nr.fchdir, old);
        child.Add("detach", "the host's mounts", Nr.umount2, dot, MNT_DETACH);
        var again = child.Add("detach", "the host's mounts, until there are none,", Nr.umount2, dot, MNT_DETACH).Tolerate(Errno.EINVAL);
        again.SkipsTo(again.Index);
        child.Add("enter", "/", Nr.chdir, child.Text("/"));
    }

    private static void AddChroot(LaunchPlan plan)
    {
        var child = plan.Child;
        child.Add("enter", "the root file system", Nr.fchdir, plan.Builder.Root);
        child.Add("chroot to", "the root file system", Nr.chroot, child.Text("."));
        child.Add("enter", "/", Nr.chdir, child.Text("/"));
    }

    /// <summary>In the host's mount namespace, as runc does it: the mounts stay after the container.</summary>
    private static void RefuseWithoutNamespace(RuntimeSpec spec)
    {
        var field = spec.Linux switch
        {
            { MaskedPaths.Count: > 0 } => "linux.maskedPaths",
            { ReadonlyPaths.Count: > 0 } => "linux.readonlyPaths",
            { RootfsPropagation.Length: > 0 } => "linux.rootfsPropagation",
            _ => null,
        };
        if (field is not null)
        {
            throw new SpecException(field, "needs a mount namespace of the container's own: it would change the host");
        }

        if (spec.Root?.Readonly == true)
        {
            RuntimeLog.Warn("root.readonly: ignored, as runc does: without a mount namespace of the container's own the directory would become read-only for the host");
        }
    }
}
