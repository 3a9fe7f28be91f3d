using System.Buffers.Binary;
using System.Net;
using System.Text;
using MyDocker.Kernel.Netlink;

namespace MyDocker.Networks;

/// <summary>Names and MAC addresses of the veth pair of one container: the same each time, so that they can be recorded before the pair is made.</summary>
public static class ContainerLink
{
    /// <summary>Name of the interface inside.</summary>
    public const string ContainerEnd = "eth0";

    private const int NamePart = 6, IdPart = 8;

    /// <summary>
    /// The name of the host's end: up to 6 characters of the container's name, then 8 of its id, "web1-3fa2c19b", 15 at
    /// the most. 32 random bits keep the names of 1,000 containers apart whatever they are called and in whichever
    /// data root they are (chance of one clash 0.01 %; with 24 bits it would be 3 %).
    /// </summary>
    public static string HostEnd(string containerName, string containerId)
    {
        Span<char> name = stackalloc char[NamePart + 1 + IdPart];
        var length = 0;
        foreach (var c in containerName.AsSpan(0, Math.Min(containerName.Length, NamePart)))
        {
            name[length++] = char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '-';
        }

        name[length++] = '-';
        foreach (var c in containerId.AsSpan(0, Math.Min(containerId.Length, IdPart)))
        {
            name[length++] = char.IsAsciiLetterOrDigit(c) ? c : '-';
        }

        return new string(name[..length]);
    }

    /// <summary>What "ip link" shows as alias of both ends.</summary>
    public static string Alias(string containerName, string containerId)
    {
        var alias = $"mydocker {containerName} {containerId}";
        return alias.Length <= Links.AliasLimit ? alias : alias[..Links.AliasLimit];
    }

    /// <summary>
    /// MAC of the host's end: fe:6d and 32 bits of a hash of the id. It is set by the same call that makes the pair, so it
    /// tells ours from a stranger's link of the same name at any moment. It starts with fe because a bridge takes the lowest
    /// MAC of its ports as its own: a container that comes or goes must not change that (libvirt does the same).
    /// </summary>
    public static MacAddress HostMac(string containerId) => new(0xfe6dUL << 32 | Hash(Encoding.UTF8.GetBytes(containerId)));

    /// <summary>
    /// MAC of eth0: 02:42 and the IPv4 address, as docker has it (a hash of an IPv6 one). An address that comes back in a
    /// new container keeps its MAC, so neighbours need not learn it anew.
    /// </summary>
    public static MacAddress ContainerMac(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return new MacAddress(0x0242UL << 32 | (length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : Hash(bytes)));
    }

    /// <summary>FNV-1a, 32 bits.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 16777619u;
        }

        return hash;
    }
}
