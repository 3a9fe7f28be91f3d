using System.Runtime.InteropServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>A message of the child to the parent: one byte with one descriptor (unix(7), SCM_RIGHTS), whose cell lies in the message itself.</summary>
internal readonly unsafe struct DescriptorMessage
{
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;

    private readonly Rights* _rights;

    [StructLayout(LayoutKind.Sequential)]
    private struct Rights
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
        public int Padding;
    }

    public DescriptorMessage(SyscallProgram child)
        => _rights = child.Arena.Copy(new Rights { Length = 20, Level = SOL_SOCKET, Type = SCM_RIGHTS });

    public Cell Descriptor => SyscallProgram.CellAt(&_rights->Descriptor);

    public void AddSend(LaunchPlan plan, string letter, string what)
    {
        var child = plan.Child;
        var vector = child.Arena.Copy(new IoVector { Base = child.Text(letter), Length = 1 });
        var message = child.Arena.Copy(new MessageHeader { Vectors = vector, VectorCount = 1, Control = _rights, ControlLength = (nuint)sizeof(Rights) });
        child.Add("send", $"{what} to the parent", Nr.sendmsg, plan.ChildSocket, Arg.Address(message), 0);
    }
}
