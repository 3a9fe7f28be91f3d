using MyDocker.Kernel.Capabilities;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Containers;
using static MyDocker.Kernel.Processes.Prctl;

namespace MyDocker.Runtime.Plan;

/// <summary>process.user, process.capabilities, process.noNewPrivileges, linux.seccomp: who the child is, at first and in the end.</summary>
internal static unsafe class IdentitySteps
{
    private const int SECCOMP_SET_MODE_FILTER = 1;
    private const int SIGKILL = 9;
    private const int SIG_SETMASK = 2;
    private const int SizeOfSigaction = 32; // the kernel's, at most; all zero is SIG_DFL

    /// <summary>
    /// In a user namespace of its own the child starts as nobody with all capabilities; files could not be created then
    /// (EOVERFLOW). The death signal is set after the change of ids, which clears it.
    /// </summary>
    public static void BecomeRoot(LaunchPlan plan, bool ofUserNamespace, ProcessContext context)
    {
        var child = plan.Child;
        var none = child.Arena.Copy(0UL);
        child.Add("unblock", "all signals", Nr.rt_sigprocmask, SIG_SETMASK, Arg.Address(none), 0, sizeof(ulong));
        // execve(2) keeps what is ignored, and .NET's runtime ignores SIGPIPE: `yes | head` would not end.
        child.Add("stop ignoring", "SIGPIPE", Nr.rt_sigaction, Signals.SIGPIPE, Arg.Address(child.Arena.Alloc(SizeOfSigaction)), 0, sizeof(ulong));
        if (ofUserNamespace)
        {
            AddGroups(child, context, []);
            child.Add("become", "group 0 of the user namespace", Nr.setresgid, 0, 0, 0);
            child.Add("become", "user 0 of the user namespace", Nr.setresuid, 0, 0, 0);
        }

        child.Add("die with", "the parent until the command runs", Nr.prctl, PR_SET_PDEATHSIG, SIGKILL);
    }

    public static void GiveUp(LaunchPlan plan, ProcessContext context)
    {
        var process = context.Process;
        var child = plan.Child;
        var noNewPrivileges = process.NoNewPrivileges == true;
        if (!noNewPrivileges)
        {
            AddSeccomp(plan, context); // without no_new_privs it takes CAP_SYS_ADMIN, which is about to go
        }

        var capabilities = process.Capabilities;
        var bounding = Capability.SetOf(capabilities?.Bounding);
        if (capabilities is not null)
        {
            AddBounding(child, bounding);
        }

        var user = process.User;
        var uid = user?.Uid ?? 0;
        var gid = user?.Gid ?? 0;
        child.Add("keep capabilities over", "the change of user", Nr.prctl, PR_SET_KEEPCAPS, 1);
        AddGroups(child, context, user?.AdditionalGids ?? []);
        child.Add("set group", Number(gid), Nr.setresgid, (long)gid, (long)gid, (long)gid);
        child.Add("set user", Number(uid), Nr.setresuid, (long)uid, (long)uid, (long)uid);
        AddCapabilities(child, capabilities);

        if (noNewPrivileges)
        {
            child.Add("set", "no_new_privs", Nr.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            AddSeccomp(plan, context);
        }
    }

    /// <summary>podman's --group-add keep-groups, by the annotation of crun that it sets: files of the caller's groups stay reachable.</summary>
    internal static bool KeepsGroups(Oci.Runtime.RuntimeSpec spec)
        => spec.Annotations?.GetValueOrDefault("run.oci.keep_original_groups") is { } value && value is not ("0" or "false");

    private static void AddGroups(SyscallProgram child, ProcessContext context, List<uint> groups)
    {
        if (context.KeepsGroups)
        {
            return;
        }

        var array = (uint*)child.Arena.Alloc(Math.Max(1, groups.Count) * sizeof(uint));
        for (var i = 0; i < groups.Count; i++)
        {
            array[i] = groups[i];
        }

        var step = child.Add(groups.Count == 0 ? "clear" : "set", "supplementary groups", Nr.setgroups, groups.Count, Arg.Address(array));
        if (context.MayBeDeniedGroups)
        {
            step.Tolerate(Errno.EPERM);
        }
    }

    private static string Number(uint id) => id == 0 ? "0" : id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static void AddBounding(SyscallProgram child, ulong bounding)
    {
        for (var number = 0; number < Capability.Names.Count; number++)
        {
            if ((bounding & (1UL << number)) == 0)
            {
                // EINVAL: a capability that this kernel does not have yet.
                child.Add("drop from the bounding set", Capability.Names[number], Nr.prctl, PR_CAPBSET_DROP, number).Tolerate(Errno.EINVAL);
            }
        }
    }

    private static void AddCapabilities(SyscallProgram child, Oci.Runtime.LinuxCapabilities? capabilities)
    {
        if (capabilities is null)
        {
            return;
        }

        var header = child.Arena.Copy(new CapabilityHeader { Version = CapabilityHeader.Version3 });
        var permitted = Capability.SetOf(capabilities.Permitted);
        var inheritable = Capability.SetOf(capabilities.Inheritable);
        var data = child.Arena.Copy(new CapabilityData(Capability.SetOf(capabilities.Effective), permitted, inheritable));
        child.Add("set", "capabilities", Nr.capset, Arg.Address(header), Arg.Address(data));
        child.Add("clear", "ambient capabilities", Nr.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        foreach (var name in capabilities.Ambient ?? [])
        {
            if (Capability.NumberOf(name) is not (>= 0 and var number))
            {
                continue;
            }

            if ((permitted & inheritable & (1UL << number)) == 0)
            {
                // Engines list such, and runc leaves them out too.
                RuntimeLog.Warn($"can't raise ambient capability {name}: it is not in both process.capabilities.permitted and inheritable");
            }
            else
            {
                child.Add("raise ambient capability", name, Nr.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0);
            }
        }
    }

    /// <summary>
    /// The notification descriptor goes to the agent (SCMP_ACT_NOTIFY). From here on any call of ours may wait for the agent's answer,
    /// so this one tells the descriptor's number by the one call that a profile must not notify of, write(2), and the parent
    /// fetches it (pidfd_getfd, 5.6). The command starts when the agent has it.
    /// </summary>
    private static void AddListener(LaunchPlan plan, SyscallProgram.Step install)
    {
        var child = plan.Child;
        var report = (int*)child.Arena.Alloc(WalkResult.Size);
        report[0] = WalkResult.ListenerStep;
        install.Into(SyscallProgram.CellAt(report + 1));
        child.Add("tell", "the listener's number", Nr.write, plan.Status, Arg.Address(report), WalkResult.Size);
        child.Add("wait for", "the listener to be handed over", Nr.read, plan.ChildSocket, child.Arena.Alloc(1), 1).AtLeast(1);
        plan.HasListener = true;
    }

    private static void AddSeccomp(LaunchPlan plan, ProcessContext context)
    {
        if (context.Seccomp is not { } filter)
        {
            return;
        }

        // struct sock_fprog: u16 length in instructions, then the address
        var program = plan.Child.Arena.Alloc(16);
        *(ushort*)program = (ushort)(filter.Program.Length / 8);
        *(byte**)(program + 8) = plan.Child.Arena.Bytes(filter.Program);
        var install = plan.Child.Add("install", "the seccomp filter", Nr.seccomp, SECCOMP_SET_MODE_FILTER, (long)filter.Flags, program);
        if (filter.HasListener)
        {
            AddListener(plan, install);
        }
    }
}
