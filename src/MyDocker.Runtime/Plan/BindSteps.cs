using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;
using static MyDocker.Kernel.Mounts.MountAttributes;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// Bind mounts. The child copies the source's mount, in the order of the configuration, and gives the copy its attributes before
/// anybody can see it. Where it has no right to the path, as in a user namespace, the parent does, and hands the copy over. What
/// lies in the container's own root file system the child looks for there, so that it is seen with the mounts that came before.
/// </summary>
internal static unsafe class BindSteps
{
    private const ulong Atime = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;

    public static void Add(MountEntry entry)
    {
        var source = Source(entry);
        if (entry.Options.CopiesLink && Link(entry, source) is { } link)
        {
            AddLink(entry, link);
            return;
        }

        if (entry.Options.Data.Count > 0)
        {
            RuntimeLog.Warn($"{entry.Path}.options: ignoring \"{string.Join(',', entry.Options.Data)}\", as mount(2) does: a bind mount has no file system of its own");
        }

        var mapping = MountMapping.Of(entry);
        var inside = InsideRootfs(entry, source);
        var given = entry.Request.Trees?.GetValueOrDefault(source);
        var origin = inside is null ? new MountOrigin(source, "", 0) { Tree = given } : entry.Places.OnHost(inside, ((RootfsSource.Existing)entry.Request.Rootfs).Path);
        if (mapping is { IsContainers: true } && inside is not null)
        {
            // Only the parent can map it, and copies it from the host, unless mounts that the child alone sees belong to it. In a file
            // system that the container makes, its own ids are the owners already.
            mapping = origin is null ? null : mapping;
            inside = origin is null || (entry.Options.IsRecursiveBind && entry.Places.HasBelow(inside) && !entry.Places.IsLate(entry.Destination)) ? inside : null;
        }

        var found = Find(entry, source, origin);
        var tree = inside is not null || (given is null && MountOrder.IsForChild(entry, source, found)) ? CopyByChild(entry, source, inside, mapping) : CopyByParent(entry, origin!.Value, mapping);
        var place = entry.Options.MountsOnLink ? OnLink(entry) : found.IsDirectory ? entry.Places.Directory(entry.Destination) : entry.Places.File(entry.Destination);
        entry.Plan.Builder.Attach(tree, place, source, entry.Destination);
        entry.Places.Take(entry.Destination, source: origin is { } seen ? seen with { Restrictions = seen.Restrictions | (entry.Options.Set & MountOptions.Lockable) } : null);
        entry.UseAsRootIfItIs(tree);
    }

    private static string Source(MountEntry entry)
        => entry.Spec.Source is { Length: > 0 } source
            ? entry.Request.Trees?.ContainsKey(source) == true ? source : Path.GetFullPath(source, entry.Request.Directory)
            : throw new SpecException($"{entry.Path}.source", "is missing; a bind mount needs the path on the host");

    /// <summary>The path within the container's root file system; null: it is elsewhere.</summary>
    private static string? InsideRootfs(MountEntry entry, string source)
        => entry.Request.Rootfs is RootfsSource.Existing { Path: { Length: > 1 } root } && source.StartsWith($"{root}/", StringComparison.Ordinal)
            ? source[root.Length..]
            : null;

    private static Stat Find(MountEntry entry, string source, MountOrigin? origin)
    {
        if (origin is not { } place)
        {
            return new Stat { Mode = Stat.S_IFDIR }; // in a new file system, which is empty: its root, or the child says that it is not there
        }

        var errno = place.TryFind(followLinks: !entry.Options.MountsLink, out var stat);
        return errno == Errno.None ? stat : throw new SpecException($"{entry.Path}.source", $"bind {source}: {errno.Describe()}");
    }

    private static Cell CopyByParent(MountEntry entry, MountOrigin source, MountMapping? mapping)
    {
        var changes = BindAttributes.Of(entry);
        if (mapping is not null)
        {
            BindAttributes.Map(changes, mapping.Recursive && entry.Options.IsRecursiveBind);
        }

        return mapping is { IsContainers: true }
            ? entry.Plan.HandOver("open tree, owners mapped, of", source.Path, state => Open(entry, source, changes, mapping, state))
            : entry.Plan.Inherit(mapping is null ? "open tree" : "open tree, owners mapped, of", source.Path, () => Open(entry, source, changes, mapping, null));
    }

    private static Fd Open(MountEntry entry, MountOrigin source, List<AttributeChange> changes, MountMapping? mapping, LaunchState? state)
    {
        var tree = source.Copy(entry.Options.IsRecursiveBind, followLinks: !entry.Options.MountsLink);
        try
        {
            RefuseToUnlock(entry, source.Path, tree);
            foreach (var change in changes)
            {
                Apply(entry, source.Path, tree, change, mapping, state);
            }

            if (source.Restrictions != 0)
            {
                Apply(entry, source.Path, tree, new AttributeChange(new MountAttr { Set = source.Restrictions }, Recursive: false), mapping, state);
            }

            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    private static void Apply(MountEntry entry, string source, Fd tree, AttributeChange change, MountMapping? mapping, LaunchState? state)
    {
        var attributes = change.Attributes;
        var maps = (attributes.Set & MOUNT_ATTR_IDMAP) != 0;
        if (maps)
        {
            attributes.UserNamespaceFd = (ulong)(mapping!.IsContainers ? state!.UserNamespace : entry.Plan.Mappings.Of(mapping)).Number;
        }

        var errno = MountTree.TrySetAttributes(tree, attributes, change.Recursive);
        if (maps && mapping!.IsContainers && entry.Request.OwnerFallback is { } fallback && OwnerMapping.IsRefusal(errno))
        {
            attributes.Set &= ~MOUNT_ATTR_IDMAP;
            attributes.UserNamespaceFd = 0;
            fallback.Bind(source, errno);
            errno = MountTree.TrySetAttributes(tree, attributes, change.Recursive);
            maps = false;
        }

        if (errno != Errno.None)
        {
            throw new KernelException(maps ? OwnerMapping.Operation : "set attributes of", source, errno);
        }
    }

    /// <summary>
    /// In a user namespace a mount keeps the restrictions that the host put on it. The parent could lift them, the container's own
    /// root could not: to be asked for it is an error, as with runc.
    /// </summary>
    private static void RefuseToUnlock(MountEntry entry, string source, Fd tree)
    {
        var options = entry.Options;
        if (!NamespaceSteps.HasUserNamespace(entry.Request.Spec) || ((options.Cleared & MountOptions.Lockable) == 0 && !options.SetsAtime))
        {
            return;
        }

        var has = FileSystemStatus.Of(tree).Attributes;
        if ((has & options.Cleared & MountOptions.Lockable) != 0)
        {
            throw new KernelException("take back ro, nosuid, nodev or noexec, which are the host's, in a user namespace, from", source, Errno.EPERM);
        }

        if (options.SetsAtime && (has & Atime) != (options.Set & Atime))
        {
            throw new KernelException("change how access times are kept, which is the host's, in a user namespace, of", source, Errno.EPERM);
        }
    }

    /// <param name="inside">the source as a path of the container; null: it is one of the host, which is still in sight.</param>
    private static Cell CopyByChild(MountEntry entry, string source, string? inside, MountMapping? mapping)
    {
        var (plan, options) = (entry.Plan, entry.Options);
        var message = mapping is { IsContainers: true } ? new DescriptorMessage(plan.Child) : (DescriptorMessage?)null;
        var tree = message?.Descriptor ?? plan.Child.NewCell();
        if (inside is null)
        {
            plan.Builder.CloneHostMount(source, options.IsRecursiveBind, tree, followLinks: !options.MountsLink);
        }
        else
        {
            plan.Builder.OpenInRoot(inside, O_PATH | (options.MountsLink ? O_NOFOLLOW : 0), out var place, "open source");
            plan.Builder.CloneMount(place, options.IsRecursiveBind, inside, tree);
        }

        var changes = BindAttributes.Of(entry);
        if (mapping is { IsContainers: false })
        {
            BindAttributes.Map(changes, mapping.Recursive && options.IsRecursiveBind);
        }

        foreach (var change in changes)
        {
            var attributes = plan.Child.Arena.Copy(change.Attributes);
            if ((change.Attributes.Set & MOUNT_ATTR_IDMAP) != 0)
            {
                // struct mount_attr's userns_fd is the cell: little-endian, as both our architectures are.
                plan.Inherit("map ids as", mapping!.Uids.Trim(), () => Descriptors.Duplicate(plan.Mappings.Of(mapping).Number), SyscallProgram.CellAt(&attributes->UserNamespaceFd));
            }

            plan.Child.Add("set attributes of", inside ?? source, Nr.mount_setattr, tree, plan.Builder.Empty, AT_EMPTY_PATH | (change.Recursive ? AT_RECURSIVE : 0), Arg.Address(attributes), sizeof(MountAttr));
        }

        if (message is { } request)
        {
            SyncSteps.AddRequest(plan, request, "the mount", new StepText(OwnerMapping.Operation, inside ?? source), (state, fd) => Map(entry, inside ?? source, fd, mapping!, state));
        }

        return tree;
    }

    /// <summary>A copy of the child's that only the parent has the right to map: the mount is the child's all the same.</summary>
    private static void Map(MountEntry entry, string source, Fd tree, MountMapping mapping, LaunchState state)
        => Apply(entry, source, tree, new AttributeChange(new MountAttr { Set = MOUNT_ATTR_IDMAP }, mapping.Recursive), mapping, state);

    private static Place OnLink(MountEntry entry)
    {
        var path = entry.Destination;
        if (path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/sys/", StringComparison.Ordinal) || path.StartsWith("/dev/pts/", StringComparison.Ordinal))
        {
            throw new SpecException($"{entry.Path}.destination", $"{path}: with dest-nofollow nothing can be mounted on files of the kernel's own");
        }

        return entry.Places.Link(path);
    }

    private static string? Link(MountEntry entry, string source)
    {
        if (entry.Options.MountsLink || entry.Options.MountsOnLink)
        {
            throw new SpecException($"{entry.Path}.options", "copy-symlink excludes src-nofollow and dest-nofollow");
        }

        return Files.TryReadLink(source);
    }

    private static void AddLink(MountEntry entry, string link)
    {
        var (plan, path) = (entry.Plan, entry.Destination);
        if (entry.Places.LinkInImage(path) == link)
        {
            return;
        }

        var slash = path.LastIndexOf('/');
        var parent = plan.Builder.EnsureDirectory(slash <= 0 ? "/" : path[..slash]);
        plan.Child.Add($"create link to {link}:", path, Nr.symlinkat, plan.Child.Text(link), parent, plan.Child.Text(path[(slash + 1)..]));
    }
}
