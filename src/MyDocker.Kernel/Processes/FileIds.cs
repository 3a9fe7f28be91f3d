using MyDocker.Kernel.Capabilities;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Processes;

/// <summary>
/// From here until it is disposed of, what this thread makes belongs to another user and group (setfsuid(2)). A file system that
/// was mounted in a user namespace takes new files of owners only that the namespace knows: of the host's root it says EOVERFLOW.
/// </summary>
public sealed unsafe class FileIds : IDisposable
{
    private readonly uint _uid, _gid;

    public FileIds(uint uid, uint gid)
    {
        _uid = (uint)Syscall.Invoke(Nr.geteuid);
        _gid = (uint)Syscall.Invoke(Nr.getegid);
        Change(uid, gid);
    }

    public void Dispose() => Change(_uid, _gid);

    private static void Change(uint uid, uint gid)
    {
        var header = new CapabilityHeader { Version = CapabilityHeader.Version3 };
        var data = stackalloc CapabilityData[1];
        Syscall.Check(Syscall.Invoke(Nr.capget, (nint)(&header), (nint)data), "read", "capabilities");
        Syscall.Invoke(Nr.setfsgid, (nint)gid);
        Syscall.Invoke(Nr.setfsuid, (nint)uid);

        // Who leaves id 0 loses the capabilities of files (capabilities(7)); they are still permitted.
        Syscall.Check(Syscall.Invoke(Nr.capset, (nint)(&header), (nint)data), "keep", "capabilities");
        if ((uint)Syscall.Invoke(Nr.setfsuid, -1) != uid)
        {
            throw new KernelException("make files as", $"user id {uid}", Errno.EPERM);
        }
    }
}
