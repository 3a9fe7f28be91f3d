using System.Net;
using System.Net.Sockets;
using System.Text;
using MyDocker.Engine.Options;
using MyDocker.Kernel.Syscalls;
using MyDocker.Networks;

namespace MyDocker.Engine.Containers;

/// <summary>/etc/hosts, /etc/hostname and /etc/resolv.conf of a container, kept beside its writable layer and mounted over the image's.</summary>
internal static class OwnFiles
{
    private const int PublicFile = 0x1A4;

    public static IReadOnlyList<string> Names => ["hosts", "hostname", "resolv.conf"];

    public static IReadOnlyList<(string Source, string Destination)> For(ContainerRecord record)
    {
        var files = new List<(string, string)>(3);
        foreach (var name in Names)
        {
            // A mount of the user's own comes first.
            if (!record.Options.Mounts.Exists(mount => mount.Destination == $"/etc/{name}"))
            {
                files.Add(($"rw/{name}", $"/etc/{name}"));
            }
        }

        return files;
    }

    /// <summary>Who shares another container's network has its names, as they are at the start.</summary>
    public static void Renew(EngineRoots roots, ContainerRecord record)
    {
        if (NamespaceOption.ContainerOf(record.Options.Network) is not { } other)
        {
            return;
        }

        foreach (var name in Names)
        {
            if (Files.TryReadText($"{roots.ContainerDirectory(other)}/{name}", out _) is { } text)
            {
                Write($"{roots.ContainerDirectory(record.Id)}/{name}", text);
            }
        }
    }

    public static void Write(string directory, ContainerRecord record)
    {
        var options = record.Options;
        var sharesHost = options.Network == "host";
        var hostname = options.Hostname ?? (sharesHost ? Environment.MachineName : Hostname.Default(record.Id));
        var address = options.Address is { } text && CidrAddress.TryParse(text, out var cidr) ? cidr!.Address : null;
        var added = options.ExtraHosts.ConvertAll(entry => HostsFile.ParseAddHost(entry, GatewayOf(options)));
        var hostsOfHost = sharesHost ? Files.TryReadText("/etc/hosts", out _) : null;
        var fullName = options.Domainname is { } domain ? $"{hostname}.{domain} {hostname}" : hostname;
        Write($"{directory}/hosts", HostsFile.Build(fullName, address, added, hostsOfHost));
        Write($"{directory}/hostname", Hostname.File(hostname));
        var dns = DnsRequest.Parse(options.Dns, options.DnsSearch ?? [], options.DnsOptions ?? []);
        Write($"{directory}/resolv.conf", ResolvConf.Build(Files.TryReadText("/etc/resolv.conf", out _) ?? "", dns, hasIPv6: address?.AddressFamily == AddressFamily.InterNetworkV6, sharesHost));
    }

    private static IPAddress? GatewayOf(RunOptions options)
        => options.Address is null || options.Bridge is not null ? null : CidrAddress.ParseAddress(options.HostAddress ?? NetworkRequest.DefaultHostAddress);

    private static void Write(string path, string text)
    {
        using var file = Files.Open(path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, PublicFile);
        if (Files.TryWrite(file, Encoding.UTF8.GetBytes(text)) is var errno && errno != Errno.None)
        {
            throw new KernelException("write", path, errno);
        }
    }
}
