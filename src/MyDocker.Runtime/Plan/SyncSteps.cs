using System.Runtime.InteropServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// How parent and child meet, over one socket pair:
/// <code>
/// parent                         child
/// clone3 ───────────────────────▶ closes the parent's end (so that it hears the parent die)
/// maps ids, opens mounts
/// "m" + descriptors ────────────▶ recvmsg: mounts, …
/// links, cgroup limits
/// maps its owners      ◀──────── "i" + a mount that only the parent may map
/// "i" ──────────────────────────▶ read: attaches it, …
///                                sends the terminal's master end, if there is one
/// runs hooks, if any   ◀──────── "h": all is mounted, the host is still in sight
/// "g" ──────────────────────────▶ read: pivots, …
/// "s" (may wait for start) ─────▶ read: gives up its rights, executes
/// status pipe ends ◀───────────── execve closes it; a failure wrote (step, errno) to it
/// </code>
/// A container that is created now and started later by another process says "r" and waits at its start socket; what it
/// gets there replaces the status pipe:
/// <code>
/// create                         child                          start
/// leaves               ◀──────── "r": created
///                                recvmsg from the socket ◀───── "s" + a pipe's write end
///                                gives up its rights, executes ▶ the pipe ends, or tells (step, errno)
/// </code>
/// </summary>
internal static unsafe class SyncSteps
{
    private const int MSG_CMSG_CLOEXEC = 0x40000000;

    public static void AddBegin(LaunchPlan plan, Fd? heldLock)
    {
        var child = plan.Child;
        if (heldLock is { } held)
        {
            child.Add("close", "the creator's lock", Nr.close, held.Number); // flock(2): it is held as long as any copy is open
        }

        child.Add("close", "the parent's end of the socket", Nr.close, plan.ParentSocket);
        var vector = child.Arena.Copy(new IoVector { Base = child.Arena.Alloc(1), Length = 1 });
        var message = child.Arena.Copy(new MessageHeader { Vectors = vector, VectorCount = 1, Control = plan.Control, ControlLength = (nuint)plan.ControlSize });
        child.Add("wait for", "the parent's mounts", Nr.recvmsg, plan.ChildSocket, Arg.Address(message), MSG_CMSG_CLOEXEC).AtLeast(1);
    }

    /// <summary>Has the parent do something with a descriptor that only the child can open, and goes on when it is done.</summary>
    public static void AddRequest(LaunchPlan plan, DescriptorMessage message, string what, StepText text, Action<LaunchState, Fd> run)
    {
        var child = plan.Child;
        message.AddSend(plan, "i", what);
        var step = child.Add("wait for the parent to", text.ToString(), Nr.read, plan.ChildSocket, child.Arena.Alloc(1), 1).AtLeast(1);
        plan.Requests.Add(new ChildRequest(step.Index, text, run));
    }

    /// <summary>All is mounted and the host's tree is still in sight: prestart, createRuntime and createContainer hooks run now.</summary>
    public static void AddHooks(LaunchPlan plan)
    {
        if (plan.AtHooks is null)
        {
            return;
        }

        var child = plan.Child;
        child.Add("ask for", "the hooks", Nr.write, plan.ChildSocket, child.Text("h"), 1);
        child.Add("wait for", "the hooks", Nr.read, plan.ChildSocket, child.Arena.Alloc(1), 1).AtLeast(1);
    }

    public static void AddStart(LaunchPlan plan, Func<Fd>? startSocket, bool saysReady = false, bool hasListener = false)
    {
        var child = plan.Child;
        if (startSocket is not { } bind)
        {
            if (saysReady)
            {
                AddReady(plan);
            }

            child.Add("wait for", "the start", Nr.read, plan.ChildSocket, child.Arena.Alloc(1), 1).AtLeast(1);
            return;
        }

        const int ControlSize = 24;
        var socket = plan.Inherit("bind", "the start socket", bind);
        var control = child.Arena.Alloc(ControlSize);
        var vector = child.Arena.Copy(new IoVector { Base = child.Arena.Alloc(1), Length = 1 });
        var message = child.Arena.Copy(new MessageHeader { Vectors = vector, VectorCount = 1, Control = control, ControlLength = ControlSize });
        var report = SyscallProgram.CellAt(control + 16);
        child.Add("live on without", "the parent", Nr.prctl, Prctl.PR_SET_PDEATHSIG, 0);
        plan.CloseAllBut(plan.ChildSocket, plan.Status, socket); // it may wait for long, and processes that are executed in it see it
        AddSignals(child);
        AddReady(plan);
        child.Add("wait for", "the start", Nr.recvmsg, socket, Arg.Address(message), MSG_CMSG_CLOEXEC).AtLeast(1);
        child.Add("report to", "who starts it", Nr.dup3, report, plan.Status, OpenFlags.O_CLOEXEC);
        if (hasListener)
        {
            child.Add("listen to", "who starts it", Nr.dup3, socket, plan.ChildSocket, OpenFlags.O_CLOEXEC);
        }

        plan.StartStep = child.Count;
    }

    /// <summary>
    /// The first process of a pid namespace is ended by no signal without a handler (pid_namespaces(7)), and a container that waits
    /// for its start is to be ended by these. The handler is _exit(3), whose status is then the signal's number; execve(2) removes
    /// it. Its signal frame is never returned from, but the kernel wants to know where it would go (SA_RESTORER).
    /// </summary>
    private static void AddSignals(SyscallProgram child)
    {
        const ulong SA_RESTORER = 0x04000000;
        const int SizeOfSigaction = 32;
        var action = (ulong*)child.Arena.Alloc(SizeOfSigaction); // handler, flags, restorer, mask
        action[0] = action[2] = (ulong)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "_exit");
        action[1] = SA_RESTORER;
        foreach (var signal in (ReadOnlySpan<int>)[Signals.SIGHUP, Signals.SIGINT, Signals.SIGQUIT, Signals.SIGTERM])
        {
            child.Add("end at", Signals.NameOf(signal), Nr.rt_sigaction, signal, Arg.Address(action), 0, sizeof(ulong));
        }
    }

    private static void AddReady(LaunchPlan plan)
        => plan.Child.Add("say", "that the container is created", Nr.write, plan.ChildSocket, plan.Child.Text("r"), 1);
}
