using MyDocker.Cli.Grammar;
using MyDocker.Engine;
using MyDocker.Engine.Options;

namespace MyDocker.Cli.Commands.Run;

/// <summary>How the container is reached, and what it is called there. Addresses are judged by MyDocker.Networks.</summary>
internal static class RunNetwork
{
    private const string Area = "Network";

    private static readonly OptionSpec s_ip = new("ip", 'a', "IP/MASK", Area, "Address of the container's eth0, such as 192.168.2.2/24") { Default = "no network" };
    private static readonly OptionSpec s_bridge = new("bridge", 'b', "NAME", Area, "Plug eth0 into this bridge of the host; needs -a");
    private static readonly OptionSpec s_hostIp = new("host-ip", '\0', "IP", Area, "Address of the host's end of the link, without -b") { Default = "192.168.1.1" };
    private static readonly OptionSpec s_network = new("network", '\0', "MODE", Area, "none: a network of its own; host: the host's, not isolated; container:NAME: another container's") { Default = "none", Alias = "net" };
    private static readonly OptionSpec s_hostname = new("hostname", 'h', "NAME", Area, "Host name inside") { Default = "the container's id" };
    private static readonly OptionSpec s_domainname = new("domainname", '\0', "NAME", Area, "NIS domain name inside");
    private static readonly OptionSpec s_addHost = new("add-host", '\0', "HOST:IP", Area, "Line for /etc/hosts") { Repeats = true };
    private static readonly OptionSpec s_dns = new("dns", '\0', "IP", Area, "Name server for /etc/resolv.conf") { Repeats = true };

    private static readonly OptionSpec s_dnsSearch = new("dns-search", '\0', "DOMAIN", Area, "Domain in which names are looked up; . for none") { Repeats = true };
    private static readonly OptionSpec s_dnsOption = new("dns-option", '\0', "OPTION", Area, "Option for /etc/resolv.conf, such as ndots:2") { Repeats = true, Alias = "dns-opt" };
    private static readonly OptionSpec s_expose = new("expose", '\0', "PORT[/PROTOCOL]", Area, "Note that the container listens on this port") { Repeats = true };

    public static OptionSpec[] Options => [s_ip, s_bridge, s_hostIp, s_network, s_hostname, s_domainname, s_addHost, s_dns, s_dnsSearch, s_dnsOption, s_expose];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.Address = line.Value(s_ip);
        options.Bridge = line.Text(s_bridge, (option, name)
            => name.Length is > 0 and < 16 ? name : throw new OptionException(option, name, "a bridge's name has 1 to 15 characters; 'ip link show type bridge' lists those of the host"));
        options.HostAddress = line.Value(s_hostIp);
        options.Network = line.Text(s_network, (option, name)
            => name is "none" or "host" || (NamespaceOption.ContainerOf(name) is { Length: > 0 }) ? name : throw new OptionException(option, name, "use none, host or container:NAME; -a and -b connect a container"));
        options.Hostname = line.Text(s_hostname, NamesOption.ParseHostname);
        options.ExtraHosts = line.All(s_addHost, NamesOption.ParseExtraHost);
        options.Dns = line.All(s_dns, NamesOption.ParseDns);
        options.DnsSearch = line.Values(s_dnsSearch) is { Length: > 0 } search ? [.. search] : null;
        options.DnsOptions = line.Values(s_dnsOption) is { Length: > 0 } words ? [.. words] : null;
        options.Domainname = line.Text(s_domainname, NamesOption.ParseHostname);
        options.Exposed = line.Values(s_expose).Length == 0 ? null : [.. line.All(s_expose, PortOption.ParseRange).SelectMany(ports => ports).Distinct()];
    }
}
