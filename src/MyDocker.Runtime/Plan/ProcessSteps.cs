using MyDocker.Kernel.Paths;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using static MyDocker.Kernel.Syscalls.AtFlags;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Plan;

/// <summary>Session, terminal or pipes, umask, limits, descriptors, working directory: what the command inherits.</summary>
internal static unsafe class ProcessSteps
{
    private const int TIOCSCTTY = 0x540E;
    private const int KEYCTL_JOIN_SESSION_KEYRING = 1;

    public static void Add(LaunchPlan plan, ProcessContext context)
    {
        var child = plan.Child;
        child.Add("start", "a session", Nr.setsid).Tolerate(Errno.EPERM);
        AddStdio(plan, context);

        // A keyring of its own: the host's session keys stay out of reach. EDQUOT and ENOSYS leave it without one.
        if (!context.KeepsKeyring)
        {
            child.Add("join", "a session keyring of its own", Nr.keyctl, KEYCTL_JOIN_SESSION_KEYRING, child.Text($"_ses.{context.ContainerId}")).Tolerate(Errno.ENOSYS, Errno.EDQUOT, Errno.EPERM);
        }

        child.Add("set", "umask", Nr.umask, (int)(context.Process.User.Umask ?? 0x12 /* 022 */));
        var cwd = context.Process.Cwd is { Length: > 0 } path ? path : "/";
        if (!cwd.StartsWith('/'))
        {
            throw new SpecException("process.cwd", $"\"{cwd}\" is not an absolute path");
        }

        if (cwd != "/" && context.MakesWorkingDirectory)
        {
            plan.Builder.EnsureDirectory(cwd);
        }

        LimitSteps.AddLate(plan, context);

        // Every descriptor that nobody asked to keep goes, before the working directory is entered: none of the host's can be reached through it (CVE-2024-21626).
        child.Add("close", "descriptors", Nr.close_range, 3 + context.PreservedDescriptors, plan.LastBelow, 0).Tolerate(Errno.EINVAL);
        child.Add("close", "descriptors", Nr.close_range, plan.FirstBetween, plan.LastBetween, 0).Tolerate(Errno.EINVAL);
        child.Add("close", "descriptors", Nr.close_range, plan.FirstAbove, -1, 0).Tolerate(Errno.EINVAL);

        var directory = child.NewCell();
        var how = child.Arena.Copy(new OpenHow { Flags = (ulong)(uint)(O_PATH | O_DIRECTORY | O_CLOEXEC), Resolve = OpenHow.RESOLVE_NO_MAGICLINKS });
        child.Add("open working directory", cwd, Nr.openat2, AT_FDCWD, child.Text(cwd), Arg.Address(how), sizeof(OpenHow)).Into(directory);
        child.Add("enter working directory", cwd, Nr.fchdir, directory);
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

    private static string[] Names => ["standard input", "standard output", "standard error"];
}
