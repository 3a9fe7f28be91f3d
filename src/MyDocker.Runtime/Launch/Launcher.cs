using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Launch;

/// <summary>A container's init that waits for its start, or runs.</summary>
public sealed class LaunchedContainer : IDisposable
{
    /// <summary>Names the steps in messages; gone once the command is executed, as a container may run for months.</summary>
    private LaunchPlan? _plan;
    private readonly ClonedChild _child;
    private readonly Fd _socket;
    private readonly int _stepsBefore;

    internal LaunchedContainer(LaunchPlan plan, ClonedChild child, Fd socket, Fd? terminal, int stepsBefore)
    {
        _plan = plan;
        _child = child;
        _socket = socket;
        _stepsBefore = stepsBefore;
        Terminal = terminal;
    }

    public int Pid => _child.Pid;

    public Fd PidFd => _child.PidFd;

    /// <summary>Master end of the container's terminal.</summary>
    public Fd? Terminal { get; }

    /// <summary>
    /// Waits until the child is at its start socket, where it outlives this process. Throws what failed, and on which step.
    /// </summary>
    public void WaitUntilCreated()
    {
        if (LaunchSocket.Receive(_socket) != 'r')
        {
            throw Launcher.Failure(_plan!, _stepsBefore, _child.Wait());
        }
    }

    /// <summary>Lets the child go on; returns once the command is executed. Throws what failed, and on which step.</summary>
    /// <param name="atListener">takes the listener of the child's seccomp filter; needed where it has one.</param>
    public void Start(Action<Fd>? atListener = null)
    {
        LaunchSocket.TrySend(_socket, (byte)'s', []);
        var result = _child.Wait();
        if (result.IsListener)
        {
            using (var listener = MyDocker.Kernel.Processes.PidFd.CopyDescriptor(PidFd, (int)result.Errno))
            {
                (atListener ?? throw new InvalidOperationException("nobody takes the seccomp listener"))(listener);
            }

            LaunchSocket.TrySend(_socket, (byte)'n', []);
            result = _child.Wait();
        }

        if (!result.Executed)
        {
            throw Launcher.Failure(_plan!, _stepsBefore, result);
        }

        _plan = null;
    }

    /// <summary>Ends the container, for a failure after its launch.</summary>
    public void Kill() => _child.KillAndReap();

    public void Dispose()
    {
        _child.Dispose();
        _socket.Dispose();
    }
}

/// <summary>
/// Runs a launch plan:
/// <list type="number">
/// <item>the parent's steps before the clone, and the descriptors that the child inherits;</item>
/// <item>clone3: the child begins to walk its program and waits;</item>
/// <item>the parent's steps that need the child's namespaces (id maps), the descriptors that need them (mapped mounts);</item>
/// <item>the descriptors are sent, the child mounts, and beside it the parent makes links and sets limits;</item>
/// <item>what the child asks for is done, the terminal's master end is received, and hooks are run when the child has mounted everything.</item>
/// </list>
/// The child then waits for <see cref="LaunchedContainer.Start"/>. If anything fails the child is killed and reaped; what
/// the parent's steps made is undone from the journal by the caller.
/// </summary>
public static unsafe class Launcher
{
    public static LaunchedContainer Launch(LaunchPlan plan)
    {
        if (plan.Directory is { } path)
        {
            using var directory = new Utf8Z(path, stackalloc byte[Utf8Z.Inline]);
            Syscall.Check(Syscall.Invoke(Nr.chdir, directory.Address), "enter", path);
        }

        var step = 0;
        RunPhase(plan, HostPhase.BeforeClone, null!, ref step);
        var open = new List<Fd>();
        OpenHandovers(plan, afterClone: false, null!, open, ref step);
        var (parentEnd, childEnd) = LaunchSocket.NewPair();
        if (plan.IsBornTwice)
        {
            LaunchSocket.PassCredentials(parentEnd, true);
        }

        var (statusRead, statusWrite) = ClonedChild.NewStatusPipe();
        Raise(plan, ref childEnd);
        Raise(plan, ref statusWrite);
        SetDescriptorCells(plan, parentEnd, childEnd, statusWrite);
        using var cgroup = plan.BirthCgroup?.Invoke();

        step++;
        var child = Clone(plan, statusRead, statusWrite, cgroup);
        PhaseClock.Mark("clone");
        childEnd.Dispose();
        statusWrite.Dispose();
        CloseAll(open);
        child = plan.IsBornTwice ? SecondLife(plan, child, parentEnd, step) : child;
        using var state = new LaunchState(child.Pid);
        var before = step;
        try
        {
            RunPhase(plan, HostPhase.AfterClone, state, ref step);
            before = step + plan.Handovers.Count(handover => handover.AfterClone) + plan.HostSteps.Count(host => host.Phase == HostPhase.BesideChild);
            OpenHandovers(plan, afterClone: true, state, open, ref step);
            SendHandovers(plan, child, parentEnd, open, before);
            RunPhase(plan, HostPhase.BesideChild, state, ref step);
            Answer(plan, child, parentEnd, state, before);
            var terminal = plan.SendsTerminal ? ReceiveTerminal(plan, child, parentEnd, before) : null;
            RunHooks(plan, child, parentEnd, state, before);
            return new LaunchedContainer(plan, child, parentEnd, terminal, before);
        }
        catch (Exception e)
        {
            child.KillAndReap();
            var result = child.Wait();
            child.Dispose();
            parentEnd.Dispose();
            if (!result.Executed && e is not LaunchException { InnerException: null })
            {
                throw Failure(plan, before, result); // the child failed first; that its /proc/PID is gone is no news
            }

            throw;
        }
        finally
        {
            CloseAll(open);
        }
    }

    /// <summary>
    /// The child that has joined namespaces clones itself, as a child of ours, and ends (<see cref="LaunchPlan.IsBornTwice"/>).
    /// The kernel tells the new one's pid with its first message, as it is seen from here.
    /// </summary>
    private static ClonedChild SecondLife(LaunchPlan plan, ClonedChild first, Fd socket, int stepsBefore)
    {
        var pid = LaunchSocket.ReceiveSender(socket);
        LaunchSocket.PassCredentials(socket, false);
        if (pid > 0)
        {
            return first.SucceededBy(pid);
        }

        using (first)
        using (socket)
        {
            first.KillAndReap();
            throw Failure(plan, stepsBefore + plan.HostSteps.Count(host => host.Phase != HostPhase.BeforeClone) + plan.Handovers.Count(handover => handover.AfterClone), first.Wait());
        }
    }

    private static ClonedChild Clone(LaunchPlan plan, Fd statusRead, Fd statusWrite, Fd? cgroup)
    {
        using var inside = plan.Entrance?.ForChildren();
        return ClonedChild.Start(plan.Child, plan.CloneFlags, statusRead, statusWrite, cgroup);
    }

    private static void RunPhase(LaunchPlan plan, HostPhase phase, LaunchState state, ref int step)
    {
        foreach (var host in plan.HostSteps)
        {
            if (host.Phase != phase)
            {
                continue;
            }

            step++;
            try
            {
                host.Run(state);
                Mark(host.Text);
            }
            catch (Exception e)
            {
                throw new LaunchException(step, host.Text, e);
            }
        }
    }

    private static void OpenHandovers(LaunchPlan plan, bool afterClone, LaunchState state, List<Fd> open, ref int step)
    {
        foreach (var handover in plan.Handovers)
        {
            if (handover.AfterClone != afterClone)
            {
                continue;
            }

            step++;
            try
            {
                var fd = handover.Open(state);
                Mark(handover.Text);
                open.Add(fd);
                if (!afterClone)
                {
                    var cell = handover.Cell;
                    cell.Value = fd.Number;
                }
            }
            catch (Exception e)
            {
                throw new LaunchException(step, handover.Text, e, plan.IsOfMounts(handover));
            }
        }
    }

    private static void SendHandovers(LaunchPlan plan, ClonedChild child, Fd socket, List<Fd> open, int stepsBefore)
    {
        Span<int> numbers = stackalloc int[open.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = open[i].Number;
        }

        if (LaunchSocket.TrySend(socket, (byte)'m', numbers) != Errno.None)
        {
            throw Failure(plan, stepsBefore, child.Wait());
        }
    }

    /// <summary>The child waits meanwhile; its step's number stands for both.</summary>
    private static void Answer(LaunchPlan plan, ClonedChild child, Fd socket, LaunchState state, int stepsBefore)
    {
        if (!plan.HasRequests)
        {
            return;
        }

        foreach (var request in plan.Requests)
        {
            using var descriptor = LaunchSocket.ReceiveDescriptor(socket) ?? throw Failure(plan, stepsBefore, child.Wait());
            try
            {
                request.Run(state, descriptor);
            }
            catch (Exception e)
            {
                throw new LaunchException(stepsBefore + request.Step + 1, request.Text, e, isMount: true);
            }

            LaunchSocket.TrySend(socket, (byte)'i', []); // a child that is gone is noticed at its next message
        }
    }

    private static Fd ReceiveTerminal(LaunchPlan plan, ClonedChild child, Fd socket, int stepsBefore)
        => LaunchSocket.ReceiveDescriptor(socket) ?? throw Failure(plan, stepsBefore, child.Wait());

    private static void RunHooks(LaunchPlan plan, ClonedChild child, Fd socket, LaunchState state, int stepsBefore)
    {
        if (plan.AtHooks is not { } run)
        {
            return;
        }

        if (LaunchSocket.Receive(socket) != 'h')
        {
            throw Failure(plan, stepsBefore, child.Wait());
        }

        run(state);
        LaunchSocket.TrySend(socket, (byte)'g', []); // a child that is gone is noticed at its next message
    }

    internal static LaunchException Failure(LaunchPlan plan, int stepsBefore, WalkResult result)
    {
        if (result.Executed)
        {
            return new LaunchException(stepsBefore, new StepText("start", "the container's init: it was killed"), Errno.EPIPE, isCommand: false, isMount: false, hint: null);
        }

        var text = plan.Child.TextOf(result.Step);
        return new LaunchException(stepsBefore + result.Step + 1, text, result.Errno, plan.IsOfCommand(result.Step), plan.IsOfMounts(result.Step), Hints.For(text.Operation, text.Target, result.Errno));
    }

    /// <summary>Out of the range that the command keeps: what lies above is closed.</summary>
    private static void Raise(LaunchPlan plan, ref Fd descriptor)
    {
        if (descriptor.Number < plan.FirstOwnDescriptor)
        {
            using var low = descriptor;
            descriptor = Descriptors.Duplicate(low.Number, plan.FirstOwnDescriptor);
        }
    }

    /// <summary>Tells the child's program the numbers of its socket and status pipe, and of the ranges around what it keeps.</summary>
    private static void SetDescriptorCells(LaunchPlan plan, Fd parentEnd, Fd childEnd, Fd status)
    {
        static void Set(Cell cell, int value) => cell.Value = value;

        Set(plan.ParentSocket, parentEnd.Number);
        Set(plan.ChildSocket, childEnd.Number);
        Set(plan.Status, status.Number);
        foreach (var kept in plan.Kept)
        {
            kept.Set(plan.FirstOwnDescriptor);
        }
    }

    private static void Mark(StepText step)
    {
        if (PhaseClock.IsOn)
        {
            PhaseClock.Mark(step.ToString());
        }
    }

    private static void CloseAll(List<Fd> descriptors)
    {
        foreach (var fd in descriptors)
        {
            fd.Dispose();
        }

        descriptors.Clear();
    }
}
