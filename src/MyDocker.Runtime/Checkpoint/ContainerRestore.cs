using System.Globalization;
using System.Text.Json;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Containers;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.State;
using MyDocker.Runtime.Validation;
using static MyDocker.Kernel.Syscalls.OpenFlags;

namespace MyDocker.Runtime.Checkpoint;

/// <summary>
/// Makes a container of a bundle and the images of a checkpoint: the directory and the cgroups as at a creation, in which CRIU then
/// makes namespaces, mounts and processes. They are children of this process.
/// </summary>
public sealed class ContainerRestore : IDisposable
{
    private const string LogFile = "restore.log";

    private readonly CreateOptions _options;
    private readonly CriuOptions _criu;
    private readonly ContainerDirectory _directory;
    private readonly SavedContainer _saved;
    private readonly CgroupPlan? _cgroup;
    private Bundle _bundle;
    private Fd? _terminal;

    private ContainerRestore(CreateOptions options, CriuOptions criu, Bundle bundle, CgroupPlan? cgroup, ContainerDirectory directory)
    {
        (_options, _criu, _bundle, _cgroup, _directory) = (options, criu, bundle, cgroup, directory);
        _saved = ContainerCreation.Describe(bundle, options, cgroup, rdt: null);
    }

    /// <summary>Returns the exit code of the container's command: its own, or 128 + the signal that ended it; 0 if detached.</summary>
    public static int Restore(ContainerRoot root, CreateOptions options, CriuOptions criu, RunOptions run)
    {
        ContainerRoot.CheckId(options.Id);
        var bundle = Bundle.Load(options.Bundle, options.Config);
        SpecDefaults.Fill(bundle.Spec);
        SpecDefaults.LeaveOutLabels(bundle.Spec, RuntimeLog.Warn);
        SpecValidation.Check(bundle.Spec, RuntimeLog.Warn);
        ContainerCreation.CheckTerminal(bundle.Spec, options, run.Detach);
        var cgroup = RuntimePlanner.PlanCgroup(bundle.Spec, options);
        CriuChecks.Version(criu);
        using var foreground = run.Detach ? null : new Foreground(!run.NoSubreaper);
        var directory = root.Create(options.Id);
        ContainerCreation.CheckCgroup(directory, cgroup);
        using var restore = new ContainerRestore(options, criu, bundle, cgroup, directory);
        restore.Make();
        return foreground is null ? 0 : restore.Wait(foreground, run.Keep);
    }

    public void Dispose()
    {
        _terminal?.Dispose();
        _directory.Dispose();
    }

    private void Make()
    {
        try
        {
            _directory.Save(_saved);
            if (_saved.NotifySocket is { } socket)
            {
                NotifyProxy.MakeDirectory(_directory);
                _bundle = NotifyProxy.AddTo(_bundle, _directory, socket);
            }

            RunCriu();
            _directory.SaveConfig(Config());
            if (_options.PidFile is { } file)
            {
                Files.WriteAtomically(file, System.Text.Encoding.ASCII.GetBytes(_saved.InitProcessPid.ToString(CultureInfo.InvariantCulture)), mode: 0x1A4);
            }

            _directory.Unlock(); // it runs
        }
        catch
        {
            Undo();
            throw;
        }
    }

    private void RunCriu()
    {
        var request = new CriuRequestOptions
        {
            LogFile = LogFile,
            Root = $"{_directory.Path}/{RestoreMounts.RootName}",
            ConfigFile = ContainerCheckpoint.ConfigFile(_bundle.Spec, _criu),
            IsRestore = true,
            User = _criu,
        };
        request.Inherited.AddRange(StreamDescriptors.Load(_criu.ImagePath));
        var open = new List<Fd>();
        try
        {
            using var worker = Start(request, open);
            JoinCgroup(worker.Pid, request);
            worker.Run(CriuRequest.Of(CriuRequestType.Restore, request), Notified);
        }
        catch (ContainerException e)
        {
            throw CriuLog.Explain(e, _criu.WorkPath ?? _criu.ImagePath, LogFile);
        }
        finally
        {
            open.ForEach(file => file.Dispose());
        }
    }

    /// <summary>Starts CRIU in a mount namespace of its own; the directories in which it works must be opened there, too.</summary>
    private CriuWorker Start(CriuRequestOptions request, List<Fd> open)
    {
        var namespaces = OutsideNamespaces.AddJoined(request, _bundle.Spec);
        open.AddRange(namespaces);
        using var mounts = RestoreMounts.Enter(_directory, _bundle);
        open.Add(Files.Open(_criu.ImagePath, O_RDONLY | O_DIRECTORY));
        request.ImagesFd = open[^1].Number;
        if (_criu.WorkPath is { } work)
        {
            open.Add(ContainerCheckpoint.OpenDirectory(work));
            request.WorkFd = open[^1].Number;
        }

        using (var rootfs = Files.Open(_bundle.Rootfs, O_PATH | O_DIRECTORY))
        {
            request.Mounts.AddRange(OutsideMounts.Of(_bundle.Spec, rootfs, _cgroup?.Cgroup, _bundle.Directory));
        }

        return CriuWorker.Start(namespaces, hasStreams: true);
    }

    /// <summary>CRIU goes into the container's cgroups, and what it makes is born there.</summary>
    private void JoinCgroup(int pid, CriuRequestOptions request)
    {
        if (_cgroup is null)
        {
            return;
        }

        _cgroup.Unit?.Start(pid);
        CgroupStep.RunAll(_cgroup.Create);
        CgroupStep.RunAll(_cgroup.Limits);
        _cgroup.Join(pid);
        CgroupStep.RunAll(_cgroup.LateLimits);
        foreach (var line in Files.ReadText($"/proc/{pid}/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // hierarchy-ID:controller-list:cgroup-path (cgroups(7))
            var parts = line.Split(':', 3);
            foreach (var controller in parts[1].Split(','))
            {
                request.CgroupRoots.Add((controller, parts[2]));
            }
        }
    }

    private void Notified(CriuResponse notification, Fd? descriptor)
    {
        switch (notification.Script)
        {
            case "setup-namespaces":
                SetUpLoopback(notification.ScriptPid);
                RunHooks(notification.ScriptPid);
                break;
            case "post-restore":
                _saved.Init = ProcessIdentity.Of(notification.ScriptPid);
                _saved.Created = ContainerCreation.Now();
                _directory.Save(_saved);
                break;
            case "orphan-pts-master" when descriptor is not null:
                if (_options.ConsoleSocket is { } console)
                {
                    DescriptorHandover.Send("--console-socket", console, "/dev/ptmx", descriptor);
                }
                else
                {
                    _terminal = Descriptors.Duplicate(descriptor.Number);
                }

                break;
        }
    }

    /// <summary>
    /// CRIU makes a network namespace in which even the loopback interface is down. A container that is created has it up, and a
    /// connection over it can only be restored then.
    /// </summary>
    private void SetUpLoopback(int pid)
    {
        if (!NamespaceSteps.IsNew(_bundle.Spec, "network"))
        {
            return;
        }

        using var network = NetworkNamespace.OfProcess(pid);
        using var socket = NetlinkSocket.OpenIn(network.Number);
        Links.SetUp(socket.Begin(), Links.LoopbackIndex);
        socket.Execute("bring up the loopback interface in the container");
    }

    private void RunHooks(int pid)
    {
        var hooks = _bundle.Spec.Hooks;
        RuntimeState Describe(string status) => ContainerStatus.Describe(_saved, status, _bundle.Spec.Annotations) with { Pid = pid };
        HookRunner.Run("prestart", hooks?.Prestart, Describe(RuntimeStatus.Created));
        HookRunner.Run("createRuntime", hooks?.CreateRuntime, Describe(RuntimeStatus.Creating));
    }

    /// <summary>
    /// The configuration as later commands are to see it: CRIU puts a container into a time namespace, so that its clocks go on where
    /// they were, and what is executed in it enters that as well.
    /// </summary>
    private byte[] Config()
    {
        var spec = _bundle.Spec;
        if (Namespaces.AreSame($"/proc/{_saved.InitProcessPid}/ns/time", "/proc/self/ns/time") || spec.Linux?.Namespaces is not { } namespaces || namespaces.Exists(one => one.Type == "time"))
        {
            return _bundle.Text;
        }

        spec = spec with { Linux = spec.Linux with { Namespaces = [.. namespaces, new LinuxNamespace { Type = "time" }] } };
        return JsonSerializer.SerializeToUtf8Bytes(spec, RuntimeJson.Default.RuntimeSpec);
    }

    private int Wait(Foreground foreground, bool keep)
    {
        using var init = PidFd.Open(_saved.InitProcessPid);
        var exit = foreground.Wait(_saved.InitProcessPid, init.Fd, _terminal);
        if (!keep && _directory.Lock())
        {
            ContainerDeletion.Delete(_directory, _saved, force: true, _bundle.Spec);
            _directory.Remove();
        }

        return exit.ShellCode;
    }

    private void Undo()
    {
        try
        {
            ContainerDeletion.Release(_saved); // with whoever is in it
        }
        finally
        {
            _directory.Remove();
        }
    }
}
