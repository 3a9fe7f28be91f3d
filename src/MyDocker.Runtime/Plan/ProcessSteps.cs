using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>Session, terminal or pipes, umask, limits, descriptors, working directory: what the command inherits.</summary>
internal static unsafe class ProcessSteps
{
    private const int TIOCSCTTY = 0x540E;
    private const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    private const int KEYCTL_SETPERM = 5;

    /// <summary>
    /// Before the wait for the start: whoever creates a container with a terminal reads the runtime's own streams until the last
    /// copy is closed, and what hangs up the creator's session must not hang up the container.
    /// </summary>
    public static void AddSession(LaunchPlan plan, ProcessContext context)
    {
        plan.Child.Add("start", "a session", Nr.setsid).Tolerate(Errno.EPERM);
        AddStdio(plan, context);
    }

    /// <summary>A working directory that is not there is made, before the root file system may become read-only.</summary>
    public static void AddWorkingDirectory(LaunchPlan plan, ProcessContext context)
    {
        if (context.Process.Cwd is { Length: > 1 } cwd)
        {
            plan.Builder.EnsureDirectory(cwd);
        }
    }

    public static void Add(LaunchPlan plan, ProcessContext context)
    {
        var child = plan.Child;
        if (!context.KeepsKeyring)
        {
            AddKeyring(child, context.ContainerId);
        }

        child.Add("set", "umask", Nr.umask, (int)(context.Process.User.Umask ?? 0x12 /* 022 */));
        var cwd = context.Process.Cwd is { Length: > 0 } path ? path : "/";
        if (!cwd.StartsWith('/'))
        {
            throw new SpecException("process.cwd", $"\"{cwd}\" is not an absolute path");
        }

        LimitSteps.AddLate(plan, context);
        SchedulingSteps.Add(plan, context);

        // Every descriptor that nobody asked to keep goes, before the working directory is entered: none of the host's can be reached through it (CVE-2024-21626).
        plan.CloseAllBut(plan.ChildSocket, plan.Status);

        var directory = child.NewCell();
        var how = child.Arena.Copy(new OpenHow { Flags = (ulong)(uint)(O_PATH | O_DIRECTORY | O_CLOEXEC), Resolve = OpenHow.RESOLVE_NO_MAGICLINKS });
        child.Add("chdir to", cwd, Nr.openat2, AT_FDCWD, child.Text(cwd), Arg.Address(how), sizeof(OpenHow)).Into(directory);
        child.Add("enter working directory", cwd, Nr.fchdir, directory);
    }

    /// <summary>
    /// A keyring of its own: the host's session keys stay out of reach. EDQUOT, ENOSYS and EPERM leave it without one. The right to
    /// search it lets a process that is executed in the container later find it by its name and share it.
    /// </summary>
    private static void AddKeyring(SyscallProgram child, string containerId)
    {
        const int KEY_POS_ALL = 0x3f000000, KEY_USR_VIEW_READ_SEARCH_LINK = 0x001b0000, KEY_OTH_SEARCH = 0x00000008;
        var keyring = child.NewCell();
        var join = child.Add("join", "a session keyring of its own", Nr.keyctl, KEYCTL_JOIN_SESSION_KEYRING, child.Text($"_ses.{containerId}"))
            .Into(keyring).Tolerate(Errno.ENOSYS, Errno.EDQUOT, Errno.EPERM);
        child.Add("let be found", "the session keyring", Nr.keyctl, KEYCTL_SETPERM, keyring, KEY_POS_ALL | KEY_USR_VIEW_READ_SEARCH_LINK | KEY_OTH_SEARCH)
            .Tolerate(Errno.EACCES); // somebody else's, joined by its name
        join.OnToleratedGoTo(child.Count);
    }

    private static void AddStdio(LaunchPlan plan, ProcessContext context)
    {
        var child = plan.Child;
        if (plan.TerminalSlave is { } slave)
        {
            child.Add("make controlling terminal of", "the session", Nr.ioctl, slave, TIOCSCTTY, 0);
            for (var number = 0; number < 3; number++)
            {
                child.Add("use the terminal as", Names[number], Nr.dup3, slave, number, 0);
            }
        }
        else if (context.Stdio is ProcessStdio.Given given)
        {
            Fd[] descriptors = [given.Input, given.Output, given.Error];
            for (var number = 0; number < 3; number++)
            {
                child.Add("use as", Names[number], Nr.dup3, descriptors[number].Number, number, 0);
            }
        }
    }

    /// <summary>
    /// Pipes and files that the command inherits as its streams become the user's, so that it can open /dev/stdout. Not devices: a
    /// terminal or /dev/null of the host stays what it is. As with runc, what cannot be given is left.
    /// </summary>
    public static void AddParent(LaunchPlan plan, ProcessContext context)
    {
        var user = context.Process.User;
        if (context.Stdio is not ProcessStdio.Inherited || HostIdOf(context, context.UidMappings, user.Uid) is not { } uid || HostIdOf(context, context.GidMappings, user.Gid) is not { } gid)
        {
            return;
        }

        for (var number = 0; number < 3; number++)
        {
            var stream = number;
            if (Files.TryStatStream(stream, out var stat) && !stat.IsCharDevice && stat.Uid != uid && IsMapped(context, stat.Uid))
            {
                plan.Host(HostPhase.BesideChild, "give to the user", Names[stream], _ => Descriptors.TryChangeOwnerOfStream(stream, uid, gid));
            }
        }
    }

    /// <summary>The id as the host knows it; null: it has no place there, or the user namespace is one that is joined.</summary>
    private static uint? HostIdOf(ProcessContext context, IReadOnlyList<LinuxIDMapping>? mappings, uint id)
    {
        if (mappings is null)
        {
            return context.MayBeDeniedGroups ? null : id;
        }

        return mappings.FirstOrDefault(mapping => id >= mapping.ContainerID && id - mapping.ContainerID < mapping.Size) is { } found
            ? id - found.ContainerID + found.HostID
            : null;
    }

    private static bool IsMapped(ProcessContext context, uint owner)
        => context.UidMappings?.Any(mapping => owner >= mapping.HostID && owner - mapping.HostID < mapping.Size) != false;

    /// <summary>
    /// Who gives the command the host's /dev/null, as a stream, gives it the container's own instead: a file of the host would keep
    /// its file system busy, and could not be restored after a checkpoint. As with runc.
    /// </summary>
    public static void AddNullStreams(LaunchPlan plan, ProcessContext context)
    {
        if (context.Stdio is not ProcessStdio.Inherited streams || !plan.Places.IsCovered("/dev/null"))
        {
            return;
        }

        var child = plan.Child;
        for (var number = 0; number < 3; number++)
        {
            if (streams.IsNull(number))
            {
                var file = child.NewCell();
                var open = child.Add("open", "/dev/null", Nr.openat, AT_FDCWD, child.Text("/dev/null"), O_RDWR | O_NOFOLLOW | O_CLOEXEC).Into(file).Tolerate(Errno.ENOENT);
                child.Add("use /dev/null as", Names[number], Nr.dup3, file, number, 0);
                open.OnToleratedGoTo(child.Count);
            }
        }
    }

    private static string[] Names => ["standard input", "standard output", "standard error"];
}
