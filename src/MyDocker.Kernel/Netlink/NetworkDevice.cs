using MyDocker.Kernel.Syscalls;

namespace MyDocker.Kernel.Netlink;

/// <summary>A network device of the host that goes into a container.</summary>
public static class NetworkDevice
{
    /// <summary>
    /// Moves a device of this namespace into another, under its new name, and brings it up there. The kernel takes its addresses
    /// away on the way; those that somebody configured (permanent, of global scope) are added again.
    /// </summary>
    public static void Move(string name, string newName, Fd networkNamespace)
    {
        using var here = NetlinkSocket.Open();
        var link = Links.Find(here, name) ?? throw new KernelException("find network device", name, Errno.ENODEV);
        Links.SetUp(here.Begin(), link.Index, up: false); // its name cannot change while it is up
        here.Execute($"take down {name}");
        var addresses = Addresses.List(here, link.Index);
        Links.Move(here.Begin(), link.Index, networkNamespace.Number, newName);
        here.Execute(newName == name ? $"move {name} into the container" : $"move {name} into the container as {newName}");

        using var there = NetlinkSocket.OpenIn(networkNamespace.Number);
        var moved = Links.Find(there, newName) ?? throw new KernelException("find network device in the container:", newName, Errno.ENODEV);
        var batch = there.Begin();
        foreach (var address in addresses.Where(address => address.IsPermanent && address.Scope == RtNetlink.RT_SCOPE_UNIVERSE))
        {
            Addresses.Add(batch, moved.Index, address.Address, address.PrefixLength, address.Broadcast);
        }

        Links.SetUp(batch, moved.Index);
        there.Execute($"configure {newName} in the container");
    }
}
