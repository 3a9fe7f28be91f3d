using System.Buffers.Binary;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Validation;

namespace MyDocker.Runtime.Containers;

/// <summary>
/// Lets a created container execute its command (runtime-spec, "Start"): startContainer hooks, the message to its start socket,
/// poststart hooks. Returns once the command is executed, or throws why it is not; then the container is stopped.
/// </summary>
public static class ContainerStart
{
    public static void Start(ContainerRoot root, string id)
    {
        using var directory = root.OpenLocked(id);
        var container = directory.Load();
        var status = ContainerStatus.Of(directory, container);
        if (status != RuntimeStatus.Created)
        {
            throw new ContainerException($"cannot start container \"{id}\": it is {status}, not created");
        }

        var bundle = directory.LoadBundle(container);
        using var init = container.Init.TryOpen() ?? throw new ContainerException($"cannot start container \"{id}\": its process is gone");
        RunStartHooks(container, bundle.Spec, init);
        using var notify = container.NotifySocket is not null && NotifyProxy.Host is { } host ? NotifyProxy.Bind(directory, host) : null;
        Execute(directory, container, bundle, init);
        Files.TryUnlink(ContainerDirectory.StartSocket, dir: directory.Directory);

        // It runs: hooks and others may pause, update or delete it, however long it takes to be ready.
        directory.Unlock();
        try
        {
            RunPoststart(container, bundle.Spec);
        }
        catch (HookException)
        {
            if (directory.Lock())
            {
                ContainerDeletion.Delete(directory, container, force: true);
                directory.Remove();
            }

            throw;
        }

        notify?.WaitUntilReady(container.InitProcessPid, init.Fd);
    }

    /// <summary>startContainer hooks run inside, before the command; a failure ends the container.</summary>
    internal static void RunStartHooks(SavedContainer container, RuntimeSpec spec, PidFd init)
    {
        if (spec.Hooks?.StartContainer is not { Count: > 0 })
        {
            return;
        }

        SelfProtection.Ensure(spec); // a hook's process is in the container until it executes the hook
        try
        {
            StartHooks.Run(container, spec, init);
        }
        catch (HookException)
        {
            init.TrySend(Signals.SIGKILL);
            throw;
        }
    }

    /// <summary>poststart hooks run beside the command; a failure ends and removes the container, as with runc and crun.</summary>
    internal static void RunPoststart(SavedContainer container, RuntimeSpec spec)
        => HookRunner.Run("poststart", spec.Hooks?.Poststart, ContainerStatus.Describe(container, RuntimeStatus.Running, spec.Annotations));

    private static void Execute(ContainerDirectory directory, SavedContainer container, Bundle bundle, PidFd init)
    {
        var (read, write) = Descriptors.Pipe();
        using (read)
        {
            Errno errno;
            using (write)
            {
                errno = StartSocket.TrySend(directory.Directory, ContainerDirectory.StartSocket, write);
            }

            if (errno != Errno.None)
            {
                throw new ContainerException($"cannot start container \"{container.Id}\": {errno.Describe()}");
            }

            var result = ReadReport(read);
            if (result is { IsListener: true })
            {
                HandOver(directory, container, bundle.Spec, init, (int)result.Value.Errno);
                result = ReadReport(read);
            }

            if (result is { } failure)
            {
                throw Failure(directory, container, bundle, failure.Step, failure.Errno);
            }

            LaunchLog.Executed(container.InitProcessPid);
        }
    }

    /// <summary>Null: the pipe has ended, the command is executed.</summary>
    private static WalkResult? ReadReport(Fd pipe)
    {
        Span<byte> report = stackalloc byte[WalkResult.Size];
        return Files.Read(pipe, report) == report.Length
            ? new WalkResult(BinaryPrimitives.ReadInt32LittleEndian(report), (Errno)BinaryPrimitives.ReadInt32LittleEndian(report[sizeof(int)..]))
            : null;
    }

    /// <summary>Without its agent the container must not go on: each call that the filter notifies of would wait for ever.</summary>
    private static void HandOver(ContainerDirectory directory, SavedContainer container, RuntimeSpec spec, PidFd init, int number)
    {
        try
        {
            using var listener = PidFd.CopyDescriptor(init.Fd, number);
            SeccompListener.Send(spec, container, RuntimeStatus.Creating, container.InitProcessPid, listener);
        }
        catch
        {
            init.TrySend(Signals.SIGKILL);
            throw;
        }

        StartSocket.TrySend(directory.Directory, ContainerDirectory.StartSocket, report: null);
    }

    /// <summary>
    /// The child tells the number of the step only: its text is in the plan, which is made again from the same configuration.
    /// </summary>
    private static Exception Failure(ContainerDirectory directory, SavedContainer container, Bundle bundle, int step, Errno errno)
    {
        bundle = container.NotifySocket is { } socket ? NotifyProxy.AddTo(bundle, directory, socket) : bundle;
        SpecDefaults.Fill(bundle.Spec);
        SpecDefaults.LeaveOutLabels(bundle.Spec, _ => { }); // said at the creation
        var options = new CreateOptions { Id = container.Id, CgroupManager = ContainerStatus.CgroupManagerOf(container) };
        var request = RuntimePlanner.Request(bundle, options, RuntimePlanner.PlanCgroup(bundle.Spec, options), directory) with { StartSocket = () => throw new InvalidOperationException("planned only"), AtHooks = null };
        using var plan = LaunchPlanner.Plan(request);
        return CommandFailure.Explain(bundle.Spec, Launcher.Failure(plan, stepsBefore: 0, new WalkResult(step, errno)), CommandStage.Executed);
    }
}
