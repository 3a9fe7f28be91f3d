using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Engine.Monitor;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Cgroups;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Kernel.Terminals;
using MyDocker.Runtime.Launch;
using MyDocker.Runtime.Plan;

namespace MyDocker.Engine.Commands;

/// <summary>
/// <c>mydocker exec</c>: this very process clones the command into the container, one clone and one exec; no monitor and no
/// third process takes part.
/// </summary>
public static class ContainerExec
{
    /// <summary>Returns the command's exit code; 0 if detached, from the beginning or by its keys.</summary>
    public static int Run(EngineRoots roots, string container, ExecOptions options)
    {
        Reconciler.Run(roots);
        var store = new ContainerStore(roots);
        var record = store.Find(container);
        var state = store.LoadState(record.Id);
        using var init = state.Init.TryOpen() ?? throw ContainerSignals.NotRunning(record);
        if (options is { Terminal: true, Interactive: true, Detach: false } && !Terminal.IsTerminal(0))
        {
            throw new EngineException("-t needs standard input to be a terminal, and it is not one; leave -t out, as in: mydocker exec -i", exitCode: 1);
        }

        CheckNotPaused(record);
        var spec = SpecBuilder.Build(record, state.FirstHostId);
        var process = ContainerExecPlan.Process(roots, record, spec, options);
        using var streams = new ExecStreams(options, state.FirstHostId + process.User.Uid, state.FirstHostId + process.User.Gid);
        using var plan = ExecPlanner.Plan(ContainerExecPlan.Request(roots, record, state, process, streams.Given, spec, init.Fd));
        using var launched = Launch(roots, record, options, plan);
        var command = string.Join(' ', options.Command);
        var events = new EventJournal(roots);
        events.Write(ContainerEvents.New(record, $"exec_create: {command}", ("execID", launched.Pid)), ContainerEvents.New(record, $"exec_start: {command}", ("execID", launched.Pid)));
        if (options.Detach)
        {
            return 0;
        }

        if (streams.Carry(launched) is not { } code)
        {
            events.Write(ContainerEvents.New(record, "exec_detach", ("execID", launched.Pid)));
            return 0;
        }

        events.Write(ContainerEvents.New(record, "exec_die", ("execID", launched.Pid), ("exitCode", code)));
        return code;
    }

    private static void CheckNotPaused(ContainerRecord record)
    {
        try
        {
            if (new Cgroup(CgroupLayout.Host, record.CgroupPath).IsFrozen())
            {
                throw new EngineException($"container {record.Name} is paused; let it go on first: mydocker unpause {record.Name}", exitCode: 1);
            }
        }
        catch (CgroupException)
        {
            // a host without a freezer pauses nothing
        }
    }

    private static LaunchedContainer Launch(EngineRoots roots, ContainerRecord record, ExecOptions options, LaunchPlan plan)
    {
        LaunchedContainer? launched = null;
        try
        {
            launched = Launcher.Launch(plan);
            launched.Start();
            return launched;
        }
        catch (LaunchException e)
        {
            launched?.Kill();
            launched?.Dispose();
            if (!e.IsCommand)
            {
                throw;
            }

            var (message, code) = ExecDiagnosis.Explain(record with { CommandLine = [.. options.Command] }, e.Errno, ContainerExecPlan.Root(roots, record), options.WorkingDirectory);
            throw new EngineException(message, code);
        }
    }
}
