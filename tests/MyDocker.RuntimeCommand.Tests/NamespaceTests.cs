using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>linux.namespaces and what belongs to one: mappings, offsets, names, sysctls, loopback.</summary>
public sealed class NamespaceTests
{
    public static TheoryData<string> Runtimes => OciRuntime.All;

    public static TheoryData<string> NewRuntimes => OciRuntime.AllSince12;

    public static TheoryData<string, string, string> Joins
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var (type, file) in new[] { ("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup") })
            {
                foreach (var runtime in OciRuntime.All)
                {
                    data.Add(runtime.Data, type, file);
                }
            }

            data.Add(OciRuntime.Ours, "time", "time");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void New_namespaces_are_new_and_the_others_the_hosts(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.SetNamespace("ipc", null);
        bundle.Spec.Mounts!.RemoveAll(mount => mount.Type == "mqueue");
        var found = bundle.Run("for n in pid net uts mnt ipc user; do readlink /proc/self/ns/$n; done; echo $$").Is(0).Lines;
        var own = ((string[])["pid", "net", "uts", "mnt", "ipc", "user"]).Select(file => new FileInfo($"/proc/self/ns/{file}").LinkTarget).ToArray();
        Assert.Equal([false, false, false, false, true, true], found[..6].Zip(own, (inside, outside) => inside == outside));
        Assert.Equal("1", found[6]);
    }

    [Theory]
    [MemberData(nameof(Joins))]
    public void A_namespace_is_joined_by_its_path(string runtime, string type, string file)
    {
        using var holder = new NamespaceHolder("--pid", "--net", "--ipc", "--uts", "--cgroup", "--time");
        using var bundle = new Bundle(runtime);
        bundle.Spec.Hostname = null;
        bundle.SetNamespace(type, holder.PathOf(file));
        Assert.Equal($"{holder.IdOf(file)}\n", bundle.Run($"readlink /proc/self/ns/{file}").Is(0).Out);
    }

    [Fact]
    public void A_user_namespace_is_joined_with_new_namespaces_that_belong_to_it()
    {
        using var holder = new NamespaceHolder("--user", "--map-root-user", "--net", "--ipc");
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.SetNamespace("user", holder.PathOf("user"));
        bundle.SetNamespace("network", holder.PathOf("net"));
        bundle.Process.Capabilities = Bundle.Capabilities("CAP_SYS_ADMIN");
        var lines = bundle.Run("readlink /proc/self/ns/user; readlink /proc/self/ns/net; echo $$; id -u; hostname mine && hostname").Is(0).Lines;
        Assert.Equal([holder.IdOf("user"), holder.IdOf("net"), "1", "0", "mine"], lines);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void A_new_user_namespace_goes_with_a_network_of_the_hosts(string runtime)
    {
        using var holder = new NamespaceHolder("--net");
        using var bundle = new Bundle(runtime);
        bundle.SetUsers();
        bundle.SetNamespace("network", holder.PathOf("net"));
        Assert.Equal([holder.IdOf("net"), "0"], bundle.Run("readlink /proc/self/ns/net; id -u").Is(0).Lines);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Users_are_mapped_in_several_ranges(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.SetUsers();
        bundle.Process.User = new() { Uid = 1003, Gid = 7 };
        var lines = bundle.Run("cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g").Is(0).Lines.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(["0 1000000 1000", "1000 2000000 10", "0 3000000 2000", "1003", "7"], lines);
    }

    [Theory]
    [MemberData(nameof(NewRuntimes))]
    public void Clocks_are_offset_in_a_time_namespace(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.SetNamespace("time");
        bundle.Linux.TimeOffsets = new() { ["monotonic"] = new() { Secs = 7200, Nanosecs = 5 }, ["boottime"] = new() { Secs = 86400 } };
        var before = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        var result = bundle.Run("cat /proc/self/timens_offsets; cat /proc/uptime").Is(0);
        var words = result.Out.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["monotonic", "7200", "5", "boottime", "86400", "0"], words[..6]);
        Assert.InRange(double.Parse(words[6], System.Globalization.CultureInfo.InvariantCulture) - before, 86400, 86400 + 60);
    }

    [Fact]
    public void Clocks_are_offset_beside_a_user_namespace_too()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.SetUsers();
        bundle.SetNamespace("time");
        bundle.Linux.TimeOffsets = new() { ["boottime"] = new() { Secs = 86400 } };
        var id = bundle.Start();
        Assert.Contains("86400", bundle.Command("exec", id, "cat", "/proc/self/timens_offsets").Is(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(NewRuntimes))]
    public void Host_and_domain_name_are_set(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Hostname = "web1";
        bundle.Spec.Domainname = "example.org";
        Assert.Equal("web1\nexample.org\n", bundle.Run("hostname; cat /proc/sys/kernel/domainname").Is(0).Out);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void Sysctls_of_the_containers_own_namespaces_are_set(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Linux.Sysctl = new() { ["net.ipv4.ip_forward"] = "1", ["kernel.msgmax"] = "4321", ["kernel.domainname"] = "example.org", ["net/ipv4/conf/lo/rp_filter"] = "2" };
        Assert.Equal(["1", "4321", "example.org", "2"], bundle.Run("cd /proc/sys; cat net/ipv4/ip_forward kernel/msgmax kernel/domainname net/ipv4/conf/lo/rp_filter").Is(0).Lines);
    }

    [Theory]
    [MemberData(nameof(Runtimes))]
    public void The_loopback_interface_is_up(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Assert.Contains("inet 127.0.0.1/8", bundle.Run("ip addr show lo").Is(0).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ip link add dev9 type veth peer name other9 && ip link set other9 up")]
    [InlineData("ip link add dev9 type dummy")]
    [InlineData("ip link add below9 type dummy && ip link set below9 up && ip link add link below9 dev9 type vlan id 7")]
    public void A_network_device_is_moved_in_with_its_addresses(string script)
    {
        Assert.SkipUnless(File.Exists("/sbin/ip") || File.Exists("/usr/sbin/ip"), "no ip: install iproute2");
        using var holder = new NamespaceHolder("--net"); // stands for the host, so that its links are not touched
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.NetDevices = new() { ["dev9"] = new LinuxNetDevice { Name = "eth7" } };
        bundle.Process.Args = ["ip", "addr", "show", "eth7"];
        bundle.Save();
        string[] lines = [script, "ip addr add 10.9.8.7/24 dev dev9", "ip addr add fd00::7/64 dev dev9 nodad", $"cd {bundle.Directory}", $"exec {OciRuntime.PathOf(OciRuntime.Ours)} --root {bundle.Directory}/state run {bundle.NextId()}"];
        var result = OciRuntime.Execute("/usr/bin/nsenter", [$"--net={holder.PathOf("net")}", "sh", "-c", string.Join(" && ", lines)]);
        Assert.SkipWhen(result.Err.Contains("Unknown device type", StringComparison.Ordinal) || result.Err.Contains("RTNETLINK answers: Operation not supported", StringComparison.Ordinal), "a kernel without such links: " + script);
        result.Is(0);
        Assert.Contains("inet 10.9.8.7/24", result.Out, StringComparison.Ordinal);
        Assert.Contains("inet6 fd00::7/64 scope global", result.Out, StringComparison.Ordinal);
        Assert.Contains("UP", result.Out, StringComparison.Ordinal);
    }
}
