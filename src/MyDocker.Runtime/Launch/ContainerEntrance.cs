using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Syscalls;
using MyDocker.Oci.Runtime;
using static MyDocker.Kernel.Processes.CloneFlags;

namespace MyDocker.Runtime.Launch;

/// <summary>
/// The way into a running container, by a pidfd of its init: setns(2) with it (5.8) enters all its namespaces in one call and
/// in the right order. Only the pid namespace is different: a process cannot change its own, only that of its children, so
/// the parent changes that before it clones, and back afterwards. One clone is enough.
/// </summary>
/// <param name="init">pidfd of the container's init.</param>
/// <param name="namespaces">those that the container does not share with the host.</param>
public sealed class ContainerEntrance(Fd init, ulong namespaces)
{
    /// <summary>The entrance of a container with this configuration.</summary>
    public static ContainerEntrance Of(Fd init, RuntimeSpec spec)
    {
        var flags = 0UL;
        foreach (var entry in spec.Linux?.Namespaces ?? [])
        {
            flags |= Plan.NamespaceSteps.FlagOf(entry.Type);
        }

        return new ContainerEntrance(init, flags);
    }

    /// <summary>This process may have children in another pid namespace, and come back to its own: it takes rights over both.</summary>
    public static bool MayChangePids => Syscall.Invoke(Nr.geteuid) == 0 && UserNamespaces.IsInitial;

    public bool HasUserNamespace => (namespaces & CLONE_NEWUSER) != 0;

    /// <summary>
    /// The child's part. In a user namespace it must become root there afterwards: until then none of its ids has a meaning
    /// inside, and files could not be made.
    /// </summary>
    public void AddSteps(SyscallProgram child) => AddSteps(child, namespaces & ~CLONE_NEWPID);

    /// <summary>The same with the pid namespace, in which then the child's own children are born.</summary>
    public void AddAllSteps(SyscallProgram child) => AddSteps(child, namespaces);

    private void AddSteps(SyscallProgram child, ulong own)
    {
        if (own != 0)
        {
            child.Add("enter namespaces of", "the container", Nr.setns, init.Number, (long)own);
        }
    }

    /// <summary>
    /// From here until it is disposed of, children of this thread are born in the container's pid namespace. Where that is not
    /// to be had they are born in the runtime's own: what is executed in a container then has two lives, createContainer hooks
    /// stay there.
    /// </summary>
    public PidNamespaceForChildren? ForChildren() => (namespaces & CLONE_NEWPID) == 0 || !MayChangePids ? null : new PidNamespaceForChildren(init);
}

/// <summary>A change of pid_namespaces(7) "pid_for_children" that is taken back.</summary>
public sealed class PidNamespaceForChildren : IDisposable
{
    private readonly Fd _own;

    public PidNamespaceForChildren(Fd target)
    {
        _own = Files.Open("/proc/self/ns/pid", OpenFlags.O_RDONLY);
        try
        {
            Syscall.Check(Syscall.Invoke(Nr.setns, target.Number, (nint)CLONE_NEWPID), "enter", "the container's pid namespace");
        }
        catch
        {
            _own.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Syscall.Check(Syscall.Invoke(Nr.setns, _own.Number, (nint)CLONE_NEWPID), "return to", "the host's pid namespace");
        _own.Dispose();
    }
}
