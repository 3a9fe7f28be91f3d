using MyDocker.Engine.Attach;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Monitor;
using MyDocker.Engine.Options;
using MyDocker.Engine.Spec;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Terminals;
using MyDocker.Runtime.Plan;

namespace MyDocker.Engine.Commands;

/// <summary>
/// <c>mydocker run</c>:
/// <list type="number">
/// <item>puts right what others left, and starts the container's monitor, which loads and waits meanwhile;</item>
/// <item>checks everything that can be checked before anything is made;</item>
/// <item>writes the container down in a journal, then makes its directory and record;</item>
/// <item>hands it over to the monitor, which does the rest, and stays attached until there is a result.</item>
/// </list>
/// </summary>
public static class ContainerRun
{
    /// <summary>Returns the exit code for the shell.</summary>
    public static int Run(EngineRoots roots, RunOptions options)
    {
        roots.Create();
        Reconciler.Run(roots);
        CheckTerminal(options);
        PhaseClock.Mark("left-overs of others");
        var (store, id) = (new ContainerStore(roots), ContainerNames.NewId());
        using var monitor = new PendingMonitor(roots, id);
        PhaseClock.Mark("the monitor's process");
        using var journal = ContainerCreation.Make(store, options, id, out var record);
        var result = MonitorSession.Start(roots, record, journal, AttachmentOf(options), monitor);
        if (options.Detach && result.Outcome == AttachOutcome.Detached)
        {
            MonitorSession.Print($"{record.Id}\n");
            return 0;
        }

        if (options.Detach && result.Outcome == AttachOutcome.Failed && store.TryLoad(record.Id) is not null)
        {
            MonitorSession.Print($"{record.Id}\n"); // it stays, with the reason for it
        }

        return MonitorSession.ExitCodeOf(record, result);
    }

    /// <summary>The launch plan as text; makes nothing.</summary>
    public static string Explain(EngineRoots roots, RunOptions options)
    {
        var record = ContainerCreation.Check(roots, options, ContainerNames.NewId());
        using var joined = JoinedNamespaces.TryOpen(new ContainerStore(roots), options);
        ProcessStdio stdio = options.Terminal ? new ProcessStdio.Terminal(24, 80) : new ProcessStdio.Inherited();
        var firstHostId = SpecBuilder.HasOwnUserNamespace(options) ? 0x7000_0000u : 0;
        using var plan = LaunchPlanner.Plan(ContainerLaunch.Request(roots, record, stdio, firstHostId, ContainerLaunch.PlanNetwork(record), joined: joined));
        return plan.Describe();
    }

    private static AttachOptions AttachmentOf(RunOptions options) => options.Detach
        ? MonitorSession.UntilStarted
        : new AttachOptions
        {
            Interactive = options.Interactive && options.Attach?.Contains("stdin") != false,
            Stdout = options.Attach?.Contains("stdout") != false,
            Stderr = options.Attach?.Contains("stderr") != false,
            Terminal = options.Terminal,
            DetachKeys = MonitorSession.KeysOf(options.DetachKeys),
            ProxySignals = options.ProxySignals,
        };

    private static void CheckTerminal(RunOptions options)
    {
        if (options is { Terminal: true, Interactive: true, Detach: false } && !Terminal.IsTerminal(0))
        {
            throw new EngineException("-t needs standard input to be a terminal, and it is not one; leave -t out, as in: mydocker run -i", exitCode: 1);
        }
    }
}
