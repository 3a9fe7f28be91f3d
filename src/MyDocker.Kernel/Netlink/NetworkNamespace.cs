using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Netlink;

/// <summary>Descriptors of network namespaces, and a visit to one (network_namespaces(7), setns(2)).</summary>
public static class NetworkNamespace
{
    private const int CLONE_NEWNET = 0x40000000;

    /// <summary>The namespace of the calling thread. (/proc/self would be that of the first thread.)</summary>
    public static Fd Current() => Files.Open("/proc/thread-self/ns/net", OpenFlags.O_RDONLY);

    /// <summary>The namespace of a process; it stays alive for as long as the descriptor is open.</summary>
    public static Fd OfProcess(int pid) => Files.Open($"/proc/{pid}/ns/net", OpenFlags.O_RDONLY);

    /// <summary>
    /// Runs an action with the calling thread inside a namespace and comes back, also if the action fails. Needs
    /// CAP_SYS_ADMIN here and in the user namespace that owns the target. Sockets opened in there stay there; /proc/sys/net
    /// shows that namespace meanwhile. The caller must be the only thread of its process, or the thread must be its own:
    /// a namespace belongs to a thread.
    /// </summary>
    /// <param name="home">the namespace to come back to, from <see cref="Current"/>.</param>
    /// <exception cref="KernelException">EPERM, or the descriptor is not a network namespace (EINVAL).</exception>
    public static T Visit<T>(int target, Fd home, Func<T> action)
    {
        Syscall.Check(Syscall.Invoke(Nr.setns, target, CLONE_NEWNET), "enter", "the network namespace of the container");
        try
        {
            return action();
        }
        finally
        {
            // Cannot fail for a reason that a caller could mend; going on in the wrong namespace would be worse than ending.
            Syscall.Check(Syscall.Invoke(Nr.setns, home.Number, CLONE_NEWNET), "return to", "the network namespace of the host");
        }
    }
}
