using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Networks;

/// <summary>Takes back what a plan made on the host.</summary>
public static class NetworkTeardown
{
    /// <summary>
    /// Deletes the host's end of a container's pair, if it is there; the other end, the addresses and the routes of both
    /// go with it. May be called at any time and again. A link of that name that is not this container's is left alone.
    ///
    /// Takes 10–40 ms of waiting: link, addresses and routes are gone at once, but the call returns only when the kernel
    /// has let every CPU finish with them (rcu_barrier in netdev_run_todo). Tell the exit code to whoever waits for it first.
    /// </summary>
    /// <param name="hostEnd">the name that was recorded, <see cref="NetworkPlan.HostEnd"/>.</param>
    /// <returns>whether something was deleted.</returns>
    public static bool Remove(NetlinkSocket host, string hostEnd, string containerId)
    {
        if (Links.Find(host, hostEnd) is not { Kind: "veth" } link || link.Mac != ContainerLink.HostMac(containerId))
        {
            return false;
        }

        Links.Delete(host.Begin(), link.Index);
        return host.TryExecute(out var failure)
            || (failure.Errno == Errno.ENODEV ? false // the namespace of the container went first, and took the pair along
                : throw new NetlinkException($"delete link {hostEnd}", failure.Errno, failure.KernelText));
    }
}
