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
    private static readonly OptionSpec s_network = new("network", '\0', "none|host", Area, "none: a network of its own; host: the host's network, not isolated") { Default = "none" };
    private static readonly OptionSpec s_hostname = new("hostname", 'h', "NAME", Area, "Host name inside") { Default = "the container's id" };
    private static readonly OptionSpec s_addHost = new("add-host", '\0', "HOST:IP", Area, "Line for /etc/hosts") { Repeats = true };
    private static readonly OptionSpec s_dns = new("dns", '\0', "IP", Area, "Name server for /etc/resolv.conf") { Repeats = true };

    public static OptionSpec[] Options => [s_ip, s_bridge, s_hostIp, s_network, s_hostname, s_addHost, s_dns];

    public static void Apply(CommandLine line, RunOptions options)
    {
        options.Address = line.Value(s_ip);
        options.Bridge = line.Text(s_bridge, (option, name)
            => name.Length is > 0 and < 16 ? name : throw new OptionException(option, name, "a bridge's name has 1 to 15 characters; 'ip link show type bridge' lists those of the host"));
        options.HostAddress = line.Value(s_hostIp);
        options.Network = line.Text(s_network, (option, name)
            => name is "none" or "host" ? name : throw new OptionException(option, name, "use none or host; -a and -b connect a container"));
        options.Hostname = line.Text(s_hostname, NamesOption.ParseHostname);
        options.ExtraHosts = line.All(s_addHost, NamesOption.ParseExtraHost);
        options.Dns = line.All(s_dns, NamesOption.ParseDns);
    }
}
