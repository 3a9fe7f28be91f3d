using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Resctrl;
using MyDocker.Kernel.Seccomp;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Resctrl;
using MyDocker.Runtime.Seccomp;
using MyDocker.Runtime.Validation;

namespace MyDocker.Runtime.Containers;

/// <summary>From a bundle to what the launcher needs; makes nothing. <c>plan</c> prints the result.</summary>
public static class RuntimePlanner
{
    /// <summary>crun's: by default names that are not known are left out, as the specification says.</summary>
    private const string FailUnknownSyscall = "run.oci.seccomp_fail_unknown_syscall";

    /// <summary>Where compiled filters are kept, for all roots: they depend on nothing but the profile.</summary>
    private const string SeccompCacheDirectory = "/run/mydocker-runtime/.cache/seccomp";

    /// <summary>The launch plan of a bundle as text, one numbered step a line.</summary>
    public static string Explain(CreateOptions options)
    {
        var bundle = Bundle.Load(options.Bundle, options.Config);
        SpecDefaults.Fill(bundle.Spec);
        SpecDefaults.LeaveOutLabels(bundle.Spec, RuntimeLog.Warn);
        SpecValidation.Check(bundle.Spec, RuntimeLog.Warn);
        using var plan = LaunchPlanner.Plan(Request(bundle, options, PlanCgroup(bundle.Spec, options), directory: null) with { Rdt = Rdt(bundle.Spec, options.Id) });
        return plan.Describe();
    }

    internal static LaunchRequest Request(Bundle bundle, CreateOptions options, CgroupPlan? cgroup, ContainerDirectory? directory) => new()
    {
        Id = options.Id,
        Spec = bundle.Spec,
        Rootfs = new RootfsSource.Existing(bundle.Rootfs),
        Directory = bundle.Directory,
        Stdio = bundle.Spec.Process?.Terminal == true ? Terminal(bundle.Spec.Process) : new ProcessStdio.Inherited(),
        Seccomp = Seccomp(bundle.Spec),
        Cgroup = cgroup,
        NoPivot = options.NoPivot,
        RunsInUserNamespace = !UserNamespaces.IsInitial,
        IsMountedByChild = Syscall.Invoke(Nr.geteuid) != 0 || (!UserNamespaces.IsInitial && !MountTree.MayCopy),
        Lock = directory?.Directory,
        KeepsKeyring = options.NoNewKeyring,
        PreservedDescriptors = options.PreservedDescriptors,
        IsRootless = Syscall.Invoke(Nr.geteuid) != 0,
        Home = ProcessEnvironment.LacksHome(bundle.Spec.Process?.Env) ? HomeDirectory.Find(bundle.Spec, bundle.Rootfs, bundle.Spec.Process?.User.Uid ?? 0) : null,
    };

    /// <exception cref="SpecException">a limit that this host cannot set.</exception>
    internal static CgroupPlan? PlanCgroup(RuntimeSpec spec, CreateOptions options)
    {
        try
        {
            return PlanCgroups(spec, options);
        }
        catch (CgroupLimitException e)
        {
            throw new SpecException($"linux.resources.{e.Limit}", e.Message);
        }
    }

    private static CgroupPlan? PlanCgroups(RuntimeSpec spec, CreateOptions options)
    {
        if (options.CgroupManager == CgroupManager.Disabled)
        {
            return null;
        }

        // Device rules are for root alone; a user namespace keeps devices away as well.
        var cgroup = new CgroupOptions { AllHierarchies = true, CheckUnused = true, Devices = !options.Rootless, Owner = CgroupOwner.Of(spec) };
        if (options.CgroupManager == CgroupManager.Systemd)
        {
            return CgroupSetup.PlanSystemd(CgroupLayout.Host, spec.Linux?.CgroupsPath, options.Id, spec.Linux?.Resources, spec.Annotations, cgroup);
        }

        var path = spec.Linux?.CgroupsPath is { Length: > 0 } given ? given : options.Id;
        if (!options.Rootless)
        {
            return CgroupSetup.Plan(CgroupLayout.Host, path, spec.Linux?.Resources, cgroup);
        }

        var plan = CgroupSetup.Plan(CgroupLayout.Host, path, spec.Linux?.Resources, cgroup);
        var forbidden = plan.FindForbidden();
        if (forbidden is not null && forbidden == plan.CloneInto && CgroupLayout.Host.Mode != CgroupMode.V2)
        {
            plan = CgroupSetup.Plan(CgroupLayout.Host, path, spec.Linux?.Resources, cgroup with { LeavesV2Out = true });
            forbidden = plan.FindForbidden();
        }

        if (forbidden is null)
        {
            return plan;
        }

        if (plan.Limits.Count > 0 || spec.Linux?.CgroupsPath is { Length: > 0 })
        {
            throw new ContainerException($"limits or a cgroup are asked for, and this user cannot make {forbidden}: permission denied; leave linux.resources and linux.cgroupsPath out, or run in a cgroup that is delegated to this user");
        }

        RuntimeLog.Debug($"no cgroup: this user cannot make {forbidden}");
        return null;
    }

    internal static RdtGroup? Rdt(RuntimeSpec spec, string id) => RdtGroup.Of(spec.Linux?.IntelRdt, id, ResctrlFileSystem.Find);

    internal static SeccompFilterProgram? Seccomp(RuntimeSpec spec)
    {
        if (spec.Linux?.Seccomp is not { } profile)
        {
            return null;
        }

        if (spec.Annotations?.GetValueOrDefault(FailUnknownSyscall) is { } value && value != "0")
        {
            RequireKnownSyscalls(profile);
        }

        var filter = new SeccompCache(SeccompCacheDirectory).Of(profile);
        if (RuntimeLog.IsDebug)
        {
            RuntimeLog.Debug($"seccomp filter flags: {filter.Flags & ~(SeccompCall.SECCOMP_FILTER_FLAG_TSYNC | SeccompCall.SECCOMP_FILTER_FLAG_TSYNC_ESRCH)}"); // of no effect in a process of one thread
        }

        return new SeccompFilterProgram(filter.Program, filter.Flags);
    }

    private static void RequireKnownSyscalls(LinuxSeccomp profile)
    {
        for (var i = 0; i < (profile.Syscalls?.Count ?? 0); i++)
        {
            if (profile.Syscalls![i].Names?.Find(name => !SeccompCompiler.Knows(name)) is { } unknown)
            {
                throw new SpecException($"linux.seccomp.syscalls[{i}].names", $"\"{unknown}\" is no system call that this libseccomp knows, and the annotation {FailUnknownSyscall} asks for an error");
            }
        }
    }

    private static ProcessStdio.Terminal Terminal(ProcessSpec process)
        => new((ushort)(process.ConsoleSize?.Height ?? 0), (ushort)(process.ConsoleSize?.Width ?? 0));
}
