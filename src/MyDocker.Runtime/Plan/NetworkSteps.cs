using MyDocker.Kernel.Netlink;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>linux.netDevices, and the container's interfaces: made by the parent beside the child's mounts, once the network namespace exists.</summary>
internal static unsafe class NetworkSteps
{
    // struct ifreq of netdevice(7)
    private const int NameSize = 16;
    private const int SizeOfInterfaceRequest = 40;

    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Network is { } network)
        {
            plan.Host(HostPhase.BesideChild, "set up", "the network", network.Run, network.Steps);
        }

        foreach (var (name, device) in request.Spec.Linux?.NetDevices ?? [])
        {
            var newName = string.IsNullOrEmpty(device.Name) ? name : device.Name;
            plan.Host(HostPhase.BesideChild, "move network device", newName == name ? name : $"{name} as {newName}", state => NetworkDevice.Move(name, newName, state.NetworkNamespace));
        }
    }

    /// <summary>
    /// A new network namespace has a loopback interface that is down; programs that listen on localhost need it. Only where
    /// nobody else sets up the network.
    /// </summary>
    public static void AddLoopback(LaunchPlan plan, LaunchRequest request)
    {
        const int AF_INET = 2, SOCK_DGRAM = 2, SIOCSIFFLAGS = 0x8914, IFF_UP = 1;
        if (request.Network is not null || !NamespaceSteps.IsNew(request.Spec, "network"))
        {
            return;
        }

        var child = plan.Child;
        var socket = child.NewCell();
        var loopback = child.Arena.Alloc(SizeOfInterfaceRequest);
        "lo"u8.CopyTo(new Span<byte>(loopback, NameSize));
        *(short*)(loopback + NameSize) = IFF_UP;
        child.Add("open socket for", "the loopback interface", Nr.socket, AF_INET, SOCK_DGRAM | OpenFlags.O_CLOEXEC, 0).Into(socket);
        child.Add("bring up", "the loopback interface", Nr.ioctl, socket, SIOCSIFFLAGS, loopback);
    }
}
