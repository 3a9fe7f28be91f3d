using MyDocker.Kernel.Processes;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Launch;

namespace MyDocker.Runtime.Containers;

/// <summary>What <c>run</c> is asked for beside what <c>create</c> is.</summary>
public sealed record RunOptions
{
    /// <summary>Leave once the command runs.</summary>
    public bool Detach { get; init; }

    /// <summary>Keep the container when it has ended.</summary>
    public bool Keep { get; init; }

    /// <summary>Leave orphaned processes to the host's init.</summary>
    public bool NoSubreaper { get; init; }
}

/// <summary>
/// Create, start and, unless detached, wait and delete, in one process: the child waits on the launcher's socket, and no start
/// socket is made.
/// </summary>
public static class ContainerRun
{
    /// <summary>Returns the exit code of the command: its own, or 128 + the signal that ended it; 0 if detached.</summary>
    public static int Run(ContainerRoot root, CreateOptions options, RunOptions run)
    {
        using var foreground = run.Detach ? null : new Foreground(!run.NoSubreaper);
        using var creation = ContainerCreation.Launch(root, options, waitsForStart: false);
        ProcessExit exit;
        try
        {
            using var notify = creation.Saved.NotifySocket is { } host ? NotifyProxy.Bind(creation.Directory, host) : null;
            var terminal = options.ConsoleSocket is null ? creation.Launched.Terminal : null;
            if (terminal is not null)
            {
                Foreground.KeepLineEnds(terminal);
            }

            Start(creation);
            if (foreground is null)
            {
                notify?.WaitUntilReady(creation.Launched.Pid, creation.Launched.PidFd);
                return 0;
            }

            foreground.Notify = notify;
            exit = foreground.Wait(creation.Launched.Pid, creation.Launched.PidFd, terminal);
        }
        catch
        {
            creation.Launched.Kill();
            Remove(creation);
            throw;
        }

        if (!run.Keep)
        {
            Remove(creation);
        }

        return exit.ShellCode;
    }

    private static void Start(ContainerCreation creation)
    {
        using var init = PidFd.Open(creation.Launched.Pid);
        ContainerStart.RunStartHooks(creation.Saved, creation.Spec, init);
        try
        {
            creation.Launched.Start(listener => SeccompListener.Send(creation.Spec, creation.Saved, RuntimeStatus.Creating, creation.Launched.Pid, listener));
        }
        catch (LaunchException e)
        {
            throw CommandFailure.Explain(creation.Spec, e, CommandFailure.StageOf(creation.Spec, creation.Saved.Rootfs, e.Errno));
        }

        LaunchLog.Executed(creation.Launched.Pid);
        creation.Directory.Unlock(); // it runs: hooks and others may pause, update or delete it
        ContainerStart.RunPoststart(creation.Saved, creation.Spec);
    }

    private static void Remove(ContainerCreation creation)
    {
        if (creation.Directory.Lock())
        {
            ContainerDeletion.Delete(creation.Directory, creation.Saved, force: true, creation.Spec);
            creation.Directory.Remove();
        }
    }
}
