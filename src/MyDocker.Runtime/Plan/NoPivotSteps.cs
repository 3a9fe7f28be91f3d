using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Mounts.MountFlags;
using static MyDocker.Kernel.Syscalls.AtFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// --no-pivot: the root file system lies over "/" and the child is confined to it by chroot(2). The host's mounts stay in the
/// namespace, and where the kernel finds a whole procfs or sysfs there it lets a user namespace mount another, without the
/// container's masks. So those go, or are covered, as with runc.
/// </summary>
internal static unsafe class NoPivotSteps
{
    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        if ((RootfsSteps.PropagationOf(request.Spec) & MS_PRIVATE) != 0)
        {
            throw new SpecException("linux.rootfsPropagation", "private is not safe without pivot_root: the host could not unmount what stays in the container's namespace");
        }

        var rootfs = (request.Rootfs as RootfsSource.Existing)?.Path;
        var child = plan.Child;
        foreach (var path in MountTable.WholeProcAndSys(Files.ReadText("/proc/self/mountinfo")))
        {
            if (rootfs is not null && path.StartsWith(rootfs, StringComparison.Ordinal))
            {
                continue;
            }

            var unmount = child.Add("unmount the host's", path, Nr.umount2, child.Text(path), MNT_DETACH).Tolerate(Errno.ENOENT, Errno.EINVAL, Errno.EPERM);
            child.Add("cover the host's", path, Nr.mount, child.Text("tmpfs"), child.Text(path), child.Text("tmpfs"), 0, 0).Tolerate(Errno.ENOENT);
            unmount.SkipsTo(child.Count);
        }

        if (request.AtHooks is not null || rootfs is null)
        {
            child.Add("move over /:", rootfs ?? "the root file system", Nr.move_mount, plan.Builder.Root, plan.Builder.Empty, AT_FDCWD, child.Text("/"), MountCalls.MOVE_MOUNT_F_EMPTY_PATH);
        }
    }
}
