using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>
/// How parent and child meet, over one socket pair:
/// <code>
/// parent                         child
/// clone3 ───────────────────────▶ closes the parent's end (so that it hears the parent die)
/// maps ids, opens mounts
/// "m" + descriptors ────────────▶ recvmsg: mounts, pivots, …
/// links, cgroup limits           sends the terminal's master end, if there is one
/// "s" (may wait for start) ─────▶ read: gives up its rights, executes
/// status pipe ends ◀───────────── execve closes it; a failure wrote (step, errno) to it
/// </code>
/// </summary>
internal static unsafe class SyncSteps
{
    private const int MSG_CMSG_CLOEXEC = 0x40000000;

    public static void AddBegin(LaunchPlan plan)
    {
        var child = plan.Child;
        child.Add("close", "the parent's end of the socket", Nr.close, plan.ParentSocket);
        var vector = child.Arena.Copy(new IoVector { Base = child.Arena.Alloc(1), Length = 1 });
        var message = child.Arena.Copy(new MessageHeader { Vectors = vector, VectorCount = 1, Control = plan.Control, ControlLength = (nuint)plan.ControlSize });
        child.Add("wait for", "the parent's mounts", Nr.recvmsg, plan.ChildSocket, Arg.Address(message), MSG_CMSG_CLOEXEC).AtLeast(1);
    }

    public static void AddStart(LaunchPlan plan)
    {
        plan.Child.Add("wait for", "the start", Nr.read, plan.ChildSocket, plan.Child.Arena.Alloc(1), 1).AtLeast(1);
    }
}
