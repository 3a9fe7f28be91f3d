using System.Globalization;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Resctrl;
using MyDocker.Runtime.State;
using MyDocker.Runtime.Validation;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// Makes a container of a bundle (runtime-spec, "Create"):
/// <list type="number">
/// <item>reads and checks the configuration; makes nothing;</item>
/// <item>takes the id: a directory, with a copy of the configuration and what there will be to undo;</item>
/// <item>plans and launches; the hooks before the start run meanwhile;</item>
/// <item>writes down the process, hands out terminal, pidfd and pid file.</item>
/// </list>
/// If anything fails all is undone. If the runtime is killed, the child dies with it and <c>delete</c> finds what is left in
/// the state file.
/// </summary>
public sealed class ContainerCreation : IDisposable
{
    private readonly CreateOptions _options;
    private Bundle _bundle;
    private readonly ContainerDirectory _directory;
    private readonly SavedContainer _saved;
    private LaunchPlan? _plan;

    private ContainerCreation(CreateOptions options, Bundle bundle, ContainerDirectory directory, SavedContainer saved)
        => (_options, _bundle, _directory, _saved) = (options, bundle, directory, saved);

    public RuntimeSpec Spec => _bundle.Spec;

    public ContainerDirectory Directory => _directory;

    public SavedContainer Saved => _saved;

    /// <summary>The container's init, which waits for its start.</summary>
    public LaunchedContainer Launched { get; private set; } = null!;

    /// <summary>What was accepted without effect.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Creates a container that waits at its start socket, and leaves it.</summary>
    public static void Create(ContainerRoot root, CreateOptions options)
    {
        using var creation = Launch(root, options, waitsForStart: true);
    }

    /// <summary>Creates a container.</summary>
    /// <param name="waitsForStart">it outlives this process and waits for <see cref="ContainerStart"/>; false: <see cref="Launched"/> starts it.</param>
    public static ContainerCreation Launch(ContainerRoot root, CreateOptions options, bool waitsForStart)
    {
        ContainerRoot.CheckId(options.Id);
        var bundle = Bundle.Load(options.Bundle, options.Config);
        SpecDefaults.Fill(bundle.Spec);
        SpecDefaults.LeaveOutLabels(bundle.Spec, RuntimeLog.Warn);
        SpecValidation.Check(bundle.Spec, RuntimeLog.Warn);
        CheckTerminal(bundle.Spec, options, waitsForStart);
        SelfProtection.Ensure(bundle.Spec);
        var passed = PassedDescriptors.Of(options.PreservedDescriptors);
        var cgroup = RuntimePlanner.PlanCgroup(bundle.Spec, options);
        var rdt = RuntimePlanner.Rdt(bundle.Spec, options.Id);
        var directory = root.Create(options.Id);
        CheckCgroup(directory, cgroup);
        var creation = new ContainerCreation(options, bundle, directory, Describe(bundle, options, cgroup, rdt));
        try
        {
            directory.Save(creation._saved);
            directory.SaveConfig(bundle.Text);
            if (creation._saved.NotifySocket is { } socket)
            {
                NotifyProxy.MakeDirectory(directory);
                creation._bundle = NotifyProxy.AddTo(bundle, directory, socket);
            }

            creation.Launch(cgroup, rdt, passed, waitsForStart);
            return creation;
        }
        catch
        {
            creation.Undo(cgroup);
            creation.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Launched?.Dispose();
        _plan?.Dispose();
        _directory.Dispose();
    }

    private void Launch(CgroupPlan? cgroup, RdtGroup? rdt, PassedDescriptors passed, bool waitsForStart)
    {
        var request = RuntimePlanner.Request(_bundle, _options, cgroup, _directory) with
        {
            Spec = Spec with { Process = passed.AddTo(Spec.Process!) },
            Rdt = rdt,
            PreservedDescriptors = passed.Count,
            StartSocket = waitsForStart ? () => StartSocket.Bind(_directory.Directory, ContainerDirectory.StartSocket) : null,
            SaysReady = Spec.Hooks?.StartContainer is { Count: > 0 },
            AtHooks = HasEarlyHooks(Spec.Hooks) ? RunEarlyHooks : null,
        };
        _plan = LaunchPlanner.Plan(request);
        LaunchLog.Planned(_plan);
        Launched = Launcher.Launch(_plan);
        try
        {
            Remember(Launched.Pid);
            HandOut();
            if (request.StartSocket is not null || request.SaysReady)
            {
                Launched.WaitUntilCreated();
            }

            LaunchLog.SetUp(Launched.Pid, Spec.Process, joins: false);
        }
        catch (Exception e)
        {
            Launched.Kill();
            throw e is LaunchException failure ? CommandFailure.Explain(Spec, failure, CommandStage.LookedUp) : e;
        }
    }

    private void Remember(int pid)
    {
        if (_saved.InitProcessPid != pid)
        {
            _saved.Init = ProcessIdentity.Of(pid);
            _directory.Save(_saved);
        }
    }

    private void HandOut()
    {
        if (Launched.Terminal is { } master && _options.ConsoleSocket is { } console)
        {
            DescriptorHandover.Send("--console-socket", console, "/dev/ptmx", master);
        }

        if (_options.PidFdSocket is { } pidfd)
        {
            DescriptorHandover.Send("--pidfd-socket", pidfd, "pidfd", Launched.PidFd);
        }

        if (_options.PidFile is { } file)
        {
            Files.WriteAtomically(file, System.Text.Encoding.ASCII.GetBytes(Launched.Pid.ToString(CultureInfo.InvariantCulture)), mode: 0x1A4);
        }
    }

    private void RunEarlyHooks(LaunchState launch)
    {
        Remember(launch.Pid);
        var hooks = Spec.Hooks!;
        var state = ContainerStatus.Describe(_saved, RuntimeStatus.Creating, Spec.Annotations);
        // Those of old versions of the specification ran after the creation ("Lifecycle", 4), and are told so.
        HookRunner.Run("prestart", hooks.Prestart, ContainerStatus.Describe(_saved, RuntimeStatus.Created, Spec.Annotations));
        HookRunner.Run("createRuntime", hooks.CreateRuntime, state);
        if (hooks.CreateContainer is { Count: > 0 })
        {
            using var init = PidFd.Open(launch.Pid);
            HookRunner.Run("createContainer", hooks.CreateContainer, state, ContainerEntrance.Of(init.Fd, Spec), directory: _bundle.Rootfs);
        }
    }

    private static bool HasEarlyHooks(Hooks? hooks)
        => hooks is { Prestart.Count: > 0 } or { CreateRuntime.Count: > 0 } or { CreateContainer.Count: > 0 };

    /// <summary>The child is dead already. A cgroup that was somebody else's stays as it is, with all that runs in it.</summary>
    private void Undo(CgroupPlan? cgroup)
    {
        try
        {
            ContainerDeletion.Release(_saved, withCgroup: cgroup is { IsTaken: true });
        }
        finally
        {
            _directory.Remove();
        }
    }

    /// <summary>RFC 3339, UTC.</summary>
    internal static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    internal static SavedContainer Describe(Bundle bundle, CreateOptions options, CgroupPlan? cgroup, RdtGroup? rdt) => new()
    {
        Id = options.Id,
        Created = Now(),
        Bundle = bundle.Directory,
        Rootfs = bundle.Rootfs,
        Owner = (uint)Syscall.Invoke(Nr.geteuid),
        CgroupPath = cgroup?.Cgroup.Path,
        CgroupPaths = cgroup?.Cgroup.DirectoriesByKey(),
        SystemdUnit = cgroup?.Unit?.Name,
        IntelRdtPath = rdt?.Path,
        IntelRdtMonPath = rdt?.MonitorPath,
        OwnsIntelRdt = rdt?.IsOwn == true,
        NotifySocket = NotifyProxy.Host,
        KeepsKeyring = options.NoNewKeyring,
        SharesPids = !NamespaceSteps.IsNew(bundle.Spec, "pid"),
    };

    /// <summary>Before the cgroup is written down as this container's: what is undone later must not be somebody else's.</summary>
    internal static void CheckCgroup(ContainerDirectory directory, CgroupPlan? cgroup)
    {
        try
        {
            CgroupStep.RunAll(cgroup?.Check ?? []);
        }
        catch
        {
            using (directory)
            {
                directory.Remove();
            }

            throw;
        }
    }

    internal static void CheckTerminal(RuntimeSpec spec, CreateOptions options, bool isDetached)
    {
        var terminal = spec.Process?.Terminal == true;
        if (terminal && isDetached && options.ConsoleSocket is null)
        {
            throw new ContainerException("process.terminal is set, and nobody would take the terminal: give --console-socket");
        }

        if (!terminal && options.ConsoleSocket is not null)
        {
            throw new ContainerException("--console-socket is given, and the process has no terminal: set process.terminal, or leave the option out");
        }
    }
}
