using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Containers;
using static MyDocker.Kernel.Mounts.MountCalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>
/// What CRIU wants to find before it restores: a root file system that is a mount of its own, with the mount points in it. They are
/// made in a mount namespace that only CRIU has, so that nothing of it is left on the host, whoever is killed when.
/// </summary>
internal sealed class RestoreMounts : IDisposable
{
    /// <summary>In the container's directory.</summary>
    public const string RootName = "criu-root";
    private const int Mode = 0x1ED; // 0755

    private readonly Fd _own;

    private RestoreMounts(Fd own) => _own = own;

    /// <summary>Enters the new namespace, for children that are started until this is disposed of.</summary>
    public static RestoreMounts Enter(ContainerDirectory directory, Bundle bundle)
    {
        var place = $"{directory.Path}/{RootName}";
        var errno = Files.TryMakeDirectory(place, Mode);
        if (errno is not (Errno.None or Errno.EEXIST))
        {
            throw new KernelException("create directory", place, errno);
        }

        var mounts = new RestoreMounts(Files.Open("/proc/self/ns/mnt", O_RDONLY));
        try
        {
            Syscall.Check(Syscall.Invoke(Nr.unshare, (nint)CloneFlags.CLONE_NEWNS), "unshare", "mount namespace");
            SetPropagation("/");
            using (var tree = MountTree.Clone(bundle.Rootfs, recursive: true))
            {
                Attach(tree, null, place);
            }

            using var root = Files.Open(bundle.Rootfs, O_PATH | O_DIRECTORY);
            foreach (var mount in bundle.Spec.Mounts ?? [])
            {
                MakeMountPoint(bundle, root, mount);
            }

            return mounts;
        }
        catch
        {
            mounts.Dispose();
            throw;
        }
    }

    /// <summary>Back to the namespace that this process was in.</summary>
    public void Dispose()
    {
        Syscall.Invoke(Nr.setns, _own.Number, (nint)CloneFlags.CLONE_NEWNS);
        _own.Dispose();
    }

    /// <summary>
    /// As at the creation; what binds is bound, since mount points of others may lie in it. Those in a tmpfs are in the images.
    /// </summary>
    private static void MakeMountPoint(Bundle bundle, Fd root, MountSpec mount)
    {
        if (mount.Type == "cgroup" || IsInTmpfs(bundle.Spec, mount.Destination))
        {
            return;
        }

        var isBind = OutsideMounts.IsBind(mount);
        var source = Path.GetFullPath(mount.Source ?? "", bundle.Directory);
        var isFile = isBind && Files.TryStat(source, out var stat) == Errno.None && !stat.IsDirectory;
        using var place = isFile ? MakeFile(root, mount.Destination) : MakeDirectory(root, mount.Destination);
        if (isBind)
        {
            using var tree = MountTree.Clone(source, recursive: true);
            Attach(tree, place, mount.Destination);
        }
    }

    private static Fd MakeDirectory(Fd root, string path)
        => RootedPath.TryMakeDirectories(root, path, Mode, out var place) is var errno && errno != Errno.None
            ? throw new KernelException("create mount point", path, errno)
            : place!;

    private static Fd MakeFile(Fd root, string path)
    {
        if (RootedPath.TryOpen(root, path, O_PATH, out var there) == Errno.None)
        {
            return there!;
        }

        using (MakeDirectory(root, Path.GetDirectoryName(path.TrimEnd('/')) ?? "/"))
        {
            var errno = RootedPath.TryOpen(root, path, O_WRONLY | O_CREAT, out var file, mode: 0x1A4);
            return errno == Errno.None ? file! : throw new KernelException("create mount point", path, errno);
        }
    }

    private static bool IsInTmpfs(RuntimeSpec spec, string path)
        => spec.Mounts!.Any(mount => mount.Type == "tmpfs" && path.StartsWith($"{mount.Destination.TrimEnd('/')}/", StringComparison.Ordinal));

    private static void Attach(Fd tree, Fd? place, string path)
    {
        using var empty = new Utf8Z("", stackalloc byte[1]);
        using var target = new Utf8Z(place is null ? path : "", stackalloc byte[Utf8Z.Inline]);
        var flags = MOVE_MOUNT_F_EMPTY_PATH | (place is null ? 0 : MOVE_MOUNT_T_EMPTY_PATH);
        Syscall.Check(Syscall.Invoke(Nr.move_mount, tree.Number, empty.Address, place?.Number ?? AT_FDCWD, target.Address, flags), "mount on", path);
    }

    private static void SetPropagation(string path)
    {
        using var name = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
        Syscall.Check(Syscall.Invoke(Nr.mount, 0, name.Address, 0, MountFlags.MS_REC | MountFlags.MS_SLAVE, 0), "make mounts receive only:", path);
    }
}
