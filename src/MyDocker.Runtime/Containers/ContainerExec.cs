using System.Globalization;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Validation;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// Runs one more command in a container: joins its cgroups and namespaces and gives up what the container's own process gave
/// up. Takes no lock: it changes nothing of the container's.
/// </summary>
public static class ContainerExec
{
    /// <summary>Returns the exit code of the command: its own, or 128 + the signal that ended it; 0 if detached.</summary>
    public static int Exec(ContainerRoot root, ExecOptions options)
    {
        using var directory = root.Open(options.Id);
        var container = directory.Load();
        Check(options, ContainerStatus.Of(directory, container));
        using var init = container.Init.TryOpen() ?? throw new ContainerException($"cannot exec in a stopped container: \"{options.Id}\"");
        var spec = directory.LoadBundle(container).Spec;
        var passed = PassedDescriptors.Of(options.PreservedDescriptors);
        RequireModules(options);
        var process = passed.AddTo(ExecProcess.Of(options, spec));
        SpecDefaults.LeaveOutLabels(process, RuntimeLog.Warn);
        ProcessValidation.Check(process, "process", RuntimeLog.Warn);
        CheckTerminal(process, options);
        SelfProtection.Ensure(spec);
        using var foreground = options.Detach ? null : new Foreground(!options.NoSubreaper);
        var request = Request(container, spec, process, init.Fd);
        using var plan = ExecPlanner.Plan(request with { SubCgroups = options.SubCgroups, Process = request.Process with { PreservedDescriptors = passed.Count } });
        using var launched = Launch(plan, process);
        var terminal = options.ConsoleSocket is null ? launched.Terminal : null;
        try
        {
            HandOut(options, launched);
            if (terminal is not null)
            {
                Foreground.KeepLineEnds(terminal);
            }

            LaunchLog.SetUp(launched.Pid, process, joins: true);
            Start(launched, process, listener => SeccompListener.Send(spec, container, RuntimeStatus.Running, launched.Pid, listener));
        }
        catch
        {
            launched.Kill();
            throw;
        }

        return foreground?.Wait(launched.Pid, launched.PidFd, terminal).ShellCode ?? 0;
    }

    /// <summary>What there is to know about a process of a container with this configuration.</summary>
    internal static ExecRequest Request(SavedContainer container, RuntimeSpec spec, ProcessSpec process, Fd init) => new()
    {
        Entrance = ContainerEntrance.Of(init, spec),
        Cgroup = ContainerStatus.CgroupOf(container),
        RdtPath = container.IntelRdtPath,
        RdtMonitorPath = container.IntelRdtMonPath,
        InitPid = container.InitProcessPid,
        IsBornTwice = !ContainerEntrance.MayChangePids,
        Process = new ProcessContext
        {
            Process = process,
            ContainerId = container.Id,
            Stdio = process.Terminal
                ? new ProcessStdio.Terminal((ushort)(process.ConsoleSize?.Height ?? 0), (ushort)(process.ConsoleSize?.Width ?? 0))
                : new ProcessStdio.Inherited(),
            Seccomp = RuntimePlanner.Seccomp(spec),
            MemoryPolicy = spec.Linux?.MemoryPolicy,
            Personality = spec.Linux?.Personality,
            UidMappings = NamespaceSteps.IsNew(spec, "user") ? spec.Linux!.UidMappings ?? [] : null,
            GidMappings = NamespaceSteps.IsNew(spec, "user") ? spec.Linux!.GidMappings ?? [] : null,
            KeepsGroups = IdentitySteps.KeepsGroups(spec),
            MayBeDeniedGroups = NamespaceSteps.PathOf(spec, "user") is not null || Syscall.Invoke(Nr.geteuid) != 0 || !UserNamespaces.IsInitial,
            Home = ProcessEnvironment.LacksHome(process.Env) ? HomeOf(container, process) : null,
            KeepsKeyring = container.KeepsKeyring,
        },
    };

    /// <summary>By the root directory that init has now; if it ends meanwhile, joining its namespaces fails.</summary>
    private static string HomeOf(SavedContainer container, ProcessSpec process)
    {
        if (Files.TryOpen($"/proc/{container.InitProcessPid}/root", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, out var root) != Errno.None)
        {
            return HomeDirectory.Default;
        }

        using (root)
        {
            return HomeDirectory.Find(root!, process.User.Uid);
        }
    }

    private static LaunchedContainer Launch(LaunchPlan plan, ProcessSpec process)
    {
        LaunchLog.Planned(plan);
        try
        {
            return Launcher.Launch(plan);
        }
        catch (LaunchException e)
        {
            throw CommandFailure.Explain(process.Args![0], e, CommandStage.LookedUp);
        }
    }

    private static void Start(LaunchedContainer launched, ProcessSpec process, Action<Fd> atListener)
    {
        try
        {
            launched.Start(atListener);
            LaunchLog.Executed(launched.Pid);
        }
        catch (LaunchException e)
        {
            throw CommandFailure.Explain(process.Args![0], e, CommandStage.Executed);
        }
    }

    private static void HandOut(ExecOptions options, LaunchedContainer launched)
    {
        if (launched.Terminal is { } master && options.ConsoleSocket is { } console)
        {
            DescriptorHandover.Send("--console-socket", console, "/dev/ptmx", master);
        }

        if (options.PidFdSocket is { } pidfd)
        {
            DescriptorHandover.Send("--pidfd-socket", pidfd, "pidfd", launched.PidFd);
        }

        if (options.PidFile is { } file)
        {
            Files.WriteAtomically(file, System.Text.Encoding.ASCII.GetBytes(launched.Pid.ToString(CultureInfo.InvariantCulture)), mode: 0x1A4);
        }
    }

    private static void Check(ExecOptions options, string status)
    {
        if (status is RuntimeStatus.Stopped or RuntimeStatus.Creating)
        {
            throw new ContainerException($"cannot exec in a stopped container: \"{options.Id}\" is {status}, not running");
        }

        if (status == RuntimeStatus.Paused && !options.IgnorePaused)
        {
            throw new ContainerException($"cannot exec in a paused container: resume \"{options.Id}\" first, or use --ignore-paused");
        }
    }

    /// <summary>A label of the configuration may be for other hosts; one of the command line is for this one.</summary>
    private static void RequireModules(ExecOptions options)
    {
        if (options.ApparmorProfile is { Length: > 0 } && !SecurityModules.HasAppArmor)
        {
            throw new ContainerException($"--apparmor \"{options.ApparmorProfile}\": this host has no AppArmor, or it is off");
        }

        if (options.SelinuxLabel is { Length: > 0 } && !SecurityModules.HasSELinux)
        {
            throw new ContainerException($"--process-label \"{options.SelinuxLabel}\": this host has no SELinux, or it is off");
        }
    }

    private static void CheckTerminal(ProcessSpec process, ExecOptions options)
    {
        if (process.Terminal && options.Detach && options.ConsoleSocket is null)
        {
            throw new ContainerException("a terminal is asked for, and nobody would take it: give --console-socket, or leave out --detach");
        }
    }
}
