using MyDocker.Kernel.Syscalls;

namespace MyDocker.Engine.Info;

internal static class NetworkProbes
{
    private const string Area = "network";

    public static IEnumerable<HostFeature> Probe()
    {
        yield return Module("veth", "CONFIG_VETH", "-a, --ip does not work");
        yield return Module("bridge", "CONFIG_BRIDGE", "-b, --bridge does not work");
        yield return Module("nf_tables", "CONFIG_NF_TABLES", "ports cannot be published and containers reach no network outside");
        yield return SecurityProbes.Library("libnftables", "libnftables.so.1", Area, "ports cannot be published", "libnftables1");
        yield return Forwarding();
    }

    private static HostFeature Module(string name, string option, string without) => Modules.Find(name, option) switch
    {
        FeatureState.Yes => new(Area, name, FeatureState.Yes, Files.Exists($"/sys/module/{name}") ? "loaded" : "in this kernel"),
        FeatureState.No => new(Area, name, FeatureState.No, "not in this kernel, and no module of it", without, $"modprobe {name}; if there is none, install the kernel's package of extra modules or use a kernel with {option}"),
        _ => new(Area, name, FeatureState.Unknown, "neither a list of modules nor the kernel's configuration is here", without, $"modprobe {name} tells"),
    };

    private static HostFeature Forwarding()
    {
        const string Name = "IPv4 forwarding";
        return Files.TryReadText("/proc/sys/net/ipv4/ip_forward", out _)?.Trim() == "1"
            ? new(Area, Name, FeatureState.Yes, "net.ipv4.ip_forward is 1")
            : new(Area, Name, FeatureState.No, "net.ipv4.ip_forward is 0", "containers reach the host and each other on a bridge, but nothing behind the host", "sysctl -w net.ipv4.ip_forward=1");
    }
}
