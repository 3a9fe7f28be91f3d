using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Cgroups.V2;

/// <summary>cgroup.subtree_control: which controllers the children of a cgroup have (cgroup-v2.rst, "Enabling and Disabling").</summary>
public static class SubtreeControl
{
    /// <summary>
    /// Enables what is not enabled yet. Of <paramref name="need"/> all must work; <paramref name="want"/> is tried.
    /// </summary>
    public static void Enable(string directory, Controllers need, Controllers want)
    {
        Span<byte> buffer = stackalloc byte[512];
        var path = directory + "/cgroup.subtree_control";
        var missing = (need | want) & ~ControllerNames.ParseList(CgroupFile.Read(path, buffer));
        if (missing == Controllers.None
            || Files.TryWriteExisting(path, missing.Names(v2: true, "+")) == Errno.None)
        {
            return;
        }

        // One that fails makes the whole line fail: now each by itself.
        foreach (var controller in missing.Each())
        {
            var errno = Files.TryWriteExisting(path, "+" + controller.Name(v2: true));
            if (errno != Errno.None && (need & controller) != 0)
            {
                throw new CgroupException($"enable the {controller.Name(v2: true)} controller in {directory}", errno, Remedy(errno, directory));
            }
        }
    }

    private static string? Remedy(Errno errno, string directory) => errno switch
    {
        Errno.EBUSY => $"processes live in {directory} itself, and a cgroup with processes cannot hand controllers down: move them into a cgroup below it",
        Errno.ENOENT => "the parent cgroup does not hand this controller down (cgroup.controllers): delegate it, for a systemd unit with Delegate=",
        Errno.EOPNOTSUPP => $"{directory} is a threaded cgroup, which takes no such controller",
        Errno.EACCES or Errno.EPERM => "run as root, or in a cgroup that is delegated to this user",
        _ => null,
    };
}
