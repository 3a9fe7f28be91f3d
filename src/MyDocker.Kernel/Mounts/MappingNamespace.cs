using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Mounts;

/// <summary>
/// A user namespace that exists for its id maps alone, as mount_setattr(2) wants one for MOUNT_ATTR_IDMAP. It takes a process
/// to make it; the descriptor keeps it when that process is gone.
/// </summary>
public static class MappingNamespace
{
    /// <param name="uidMap">lines of uid_map (user_namespaces(7)): id on the file system, id of the host, count.</param>
    /// <param name="gidMap">the same for groups.</param>
    public static Fd New(string uidMap, string gidMap)
    {
        using var program = new SyscallProgram();
        program.Add("die with", "the parent", Nr.prctl, Prctl.PR_SET_PDEATHSIG, Signals.SIGKILL);
        program.Add("wait for", "the end", Nr.ppoll, 0, 0, 0, 0, 0);
        program.Add("end", "", Nr.exit_group, 0);
        var (read, write) = ClonedChild.NewStatusPipe();
        using var child = ClonedChild.Start(program, CloneFlags.CLONE_NEWUSER, read, write);
        write.Dispose();
        try
        {
            Write(child.Pid, "uid_map", uidMap);
            Write(child.Pid, "gid_map", gidMap);
            return Files.Open($"/proc/{child.Pid}/ns/user", OpenFlags.O_RDONLY);
        }
        finally
        {
            child.KillAndReap();
        }
    }

    private static void Write(int pid, string file, string map)
    {
        var errno = Files.TryWriteExisting($"/proc/{pid}/{file}", map);
        if (errno != Errno.None)
        {
            throw new KernelException("map ids of a mount, write", $"\"{map.Trim().Replace('\n', ',')}\" to {file}", errno);
        }
    }
}
