using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Networks;

/// <summary>Takes back what a plan made on the host.</summary>
public static class NetworkTeardown
{
    /// <summary>
    /// Deletes the host's end of a container's pair, if it is there; the other end, the addresses and the routes of both
    /// go with it. May be called at any time and again. A link of that name that is not this container's is left alone.
    /// Takes 10–40 ms, see <see cref="LinkDeletion"/>; <see cref="Begin"/> does not.
    /// </summary>
    /// <param name="hostEnd">the name that was recorded, <see cref="NetworkPlan.HostEnd"/>.</param>
    /// <returns>whether something was deleted.</returns>
    public static bool Remove(NetlinkSocket host, string hostEnd, string containerId)
    {
        if (FindOurs(host, hostEnd, containerId) is not { } link)
        {
            return false;
        }

        Links.Delete(host.Begin(), link.Index);
        return host.TryExecute(out var failure)
            || (failure.Errno == Errno.ENODEV ? false // the namespace of the container went first, and took the pair along
                : throw new NetlinkException($"delete link {hostEnd}", failure.Errno, failure.KernelText));
    }

    /// <summary>
    /// The same in a process with one managed thread that somebody waits for: it begins, the caller goes on, and
    /// <see cref="LinkDeletion.AwaitGone"/> returns as soon as nobody sees the link any more. null if there is none.
    /// </summary>
    public static LinkDeletion? Begin(NetlinkSocket host, string hostEnd, string containerId)
        => FindOurs(host, hostEnd, containerId) is { } link ? LinkDeletion.Start(link.Index) : null;

    private static LinkInfo? FindOurs(NetlinkSocket host, string hostEnd, string containerId)
        => Links.Find(host, hostEnd) is { Kind: "veth" } link && link.Mac == ContainerLink.HostMac(containerId) ? link : null;
}
