using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Plan;
using MyDocker.Runtime.Validation;

namespace MyDocker.Runtime.Tests.Validation;

/// <summary>One configuration that is right, and for each field what makes it wrong.</summary>
public sealed class SpecValidationTests
{
    public static TheoryData<string, Action<RuntimeSpec>> Wrong => new()
    {
        { "ociVersion", s => s.OciVersion = "" },
        { "ociVersion", s => s.OciVersion = "1.0" },
        { "ociVersion", s => s.OciVersion = "1.0.01" },
        { "ociVersion", s => s.OciVersion = "1.0.x" },
        { "ociVersion", s => s.OciVersion = "2.0.0" },
        { "root.path", s => s.Root = null },
        { "root.path", s => s.Root!.Path = "" },
        { "process", s => s.Process = null },
        { "process.args", s => s.Process!.Args = null },
        { "process.args", s => s.Process!.Args = [] },
        { "process.args[0]", s => s.Process!.Args = [""] },
        { "process.args[1]", s => s.Process!.Args = ["sh", "a\0b"] },
        { "process.cwd", s => s.Process!.Cwd = "" },
        { "process.cwd", s => s.Process!.Cwd = "tmp" },
        { "process.env[1]", s => s.Process!.Env = ["A=1", "B"] },
        { "process.env[0]", s => s.Process!.Env = ["=1"] },
        { "process.user.umask", s => s.Process!.User.Umask = 512 },
        { "process.rlimits[0].type", s => s.Process!.Rlimits = [new() { Type = "RLIMIT_FOO" }] },
        { "process.rlimits[1].type", s => s.Process!.Rlimits = [new() { Type = "RLIMIT_CPU" }, new() { Type = "RLIMIT_CPU" }] },
        { "process.rlimits[0].soft", s => s.Process!.Rlimits = [new() { Type = "RLIMIT_CPU", Soft = 2, Hard = 1 }] },
        { "process.oomScoreAdj", s => s.Process!.OomScoreAdj = 1001 },
        { "process.scheduler.policy", s => s.Process!.Scheduler = new() },
        { "process.scheduler.policy", s => s.Process!.Scheduler = new() { Policy = "SCHED_FOO" } },
        { "process.scheduler.nice", s => s.Process!.Scheduler = new() { Policy = "SCHED_BATCH", Nice = 20 } },
        { "process.scheduler.priority", s => s.Process!.Scheduler = new() { Policy = "SCHED_OTHER", Priority = 1 } },
        { "process.scheduler.runtime", s => s.Process!.Scheduler = new() { Policy = "SCHED_RR", Priority = 1, Period = 1 } },
        { "process.scheduler.flags[0]", s => s.Process!.Scheduler = new() { Policy = "SCHED_RR", Flags = ["SCHED_RESET"] } },
        { "process.scheduler.runtime", s => s.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Deadline = 2000, Period = 3000 } },
        { "process.scheduler.runtime", s => s.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Runtime = 0, Deadline = 2000 } },
        { "process.scheduler.runtime", s => s.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Runtime = 1023, Deadline = 2000 } },
        { "process.scheduler.runtime", s => s.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Runtime = 2001, Deadline = 2000 } },
        { "process.scheduler.deadline", s => s.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Runtime = 1024 } },
        { "process.scheduler.deadline", s => s.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Runtime = 1024, Deadline = 2000, Period = 1999 } },
        { "process.ioPriority.class", s => s.Process!.IoPriority = new() { Class = "IOPRIO_CLASS_NONE" } },
        { "process.ioPriority.priority", s => s.Process!.IoPriority = new() { Class = "IOPRIO_CLASS_BE", Priority = 8 } },
        { "process.execCPUAffinity.initial", s => s.Process!.ExecCPUAffinity = new() { Initial = "1-0" } },
        { "process.execCPUAffinity.final", s => s.Process!.ExecCPUAffinity = new() { Final = "a" } },
        { "process.selinuxLabel", s => s.Process!.SelinuxLabel = "a\0" },
        { "hostname", s => s.Hostname = new string('a', 65) },
        { "hostname", s => s.Linux!.Namespaces!.RemoveAll(entry => entry.Type == "uts") },
        { "domainname", s => (s.Hostname, s.Domainname, s.Linux!.Namespaces) = ("", "d", []) },
        { "mounts[0].destination", s => s.Mounts = [new()] },
        { "hooks.poststop[0].path", s => s.Hooks = new() { Poststop = [new() { Path = "bin/x" }] } },
        { "hooks.prestart[0].timeout", s => s.Hooks = new() { Prestart = [new() { Path = "/x", Timeout = 0 }] } },
        { "annotations", s => s.Annotations = new() { [""] = "x" } },
        { "linux.namespaces[5].type", s => s.Linux!.Namespaces!.Add(new() { Type = "foo" }) },
        { "linux.namespaces[5].type", s => s.Linux!.Namespaces!.Add(new() { Type = "uts" }) },
        { "linux.namespaces[5].path", s => s.Linux!.Namespaces!.Add(new() { Type = "time", Path = "proc/1/ns/time" }) },
        { "linux.uidMappings", s => s.Linux!.UidMappings = [new() { Size = 1 }] },
        { "linux.gidMappings", s => s.Linux!.GidMappings = [new() { Size = 1 }] },
        { "linux.uidMappings", s => s.Linux!.Namespaces!.Add(new() { Type = "user" }) },
        { "linux.uidMappings[0].size", s => WithUsers(s, new LinuxIDMapping { Size = 0 }) },
        { "linux.uidMappings[0].size", s => WithUsers(s, new LinuxIDMapping { HostID = uint.MaxValue, Size = 2 }) },
        { "linux.uidMappings[1]", s => WithUsers(s, new() { Size = 10 }, new() { ContainerID = 9, HostID = 100, Size = 1 }) },
        { "linux.uidMappings[1]", s => WithUsers(s, new() { Size = 10 }, new() { ContainerID = 10, HostID = 9, Size = 1 }) },
        { "linux.timeOffsets", s => s.Linux!.TimeOffsets = new() { ["monotonic"] = new() } },
        { "linux.timeOffsets", s => WithTime(s, "/proc/1/ns/time", "monotonic", 0) },
        { "linux.timeOffsets.realtime", s => WithTime(s, null, "realtime", 0) },
        { "linux.timeOffsets.boottime.nanosecs", s => WithTime(s, null, "boottime", 1_000_000_000) },
        { "linux.sysctl.kernel.hostname", s => s.Linux!.Sysctl = new() { ["kernel.hostname"] = "x" } },
        { "linux.sysctl.vm.swappiness", s => s.Linux!.Sysctl = new() { ["vm.swappiness"] = "1" } },
        { "linux.sysctl.user.max_user_namespaces", s => s.Linux!.Sysctl = new() { ["user.max_user_namespaces"] = "1" } },
        { "linux.sysctl.kernel.domainname", s => (s.Domainname, s.Linux!.Sysctl) = ("a", new() { ["kernel.domainname"] = "b" }) },
        { "linux.sysctl.kernel.sem", s => s.Linux!.Sysctl = new() { ["kernel.sem"] = "1\n2" } },
        { "linux.sysctl.net/../kernel/core_pattern", s => s.Linux!.Sysctl = new() { ["net/../kernel/core_pattern"] = "x" } },
        { "linux.sysctl.net.ipv4.ip_forward", s => NetworkOfTheHost(s).Sysctl = new() { ["net.ipv4.ip_forward"] = "1" } },
        { "linux.maskedPaths", s => (s.Linux!.Namespaces!.Find(entry => entry.Type == "mount")!.Type, s.Linux.MaskedPaths) = ("time", ["/proc/kcore"]) },
        { "linux.rootfsPropagation", s => s.Linux!.RootfsPropagation = "public" },
        { "linux.devices[0].type", s => s.Linux!.Devices = [new() { Path = "/dev/x", Type = "a" }] },
        { "linux.devices[0].path", s => s.Linux!.Devices = [new() { Type = "c" }] },
        { "linux.netDevices.a/b", s => s.Linux!.NetDevices = new() { ["a/b"] = new() } },
        { "linux.netDevices.eth1.name", s => s.Linux!.NetDevices = new() { ["eth0"] = new(), ["eth1"] = new() { Name = "eth0" } } },
        { "linux.netDevices", s => (s.Linux!.Namespaces!.Find(entry => entry.Type == "network")!.Type, s.Linux.NetDevices) = ("time", new() { ["eth0"] = new() }) },
        { "linux.personality.domain", s => s.Linux!.Personality = new() { Domain = "LINUX64" } },
        { "linux.memoryPolicy.mode", s => s.Linux!.MemoryPolicy = new() { Mode = "MPOL_FOO" } },
        { "linux.memoryPolicy.nodes", s => s.Linux!.MemoryPolicy = new() { Mode = "MPOL_BIND" } },
        { "linux.memoryPolicy.nodes", s => s.Linux!.MemoryPolicy = new() { Mode = "MPOL_LOCAL", Nodes = "0" } },
        { "linux.memoryPolicy.nodes", s => s.Linux!.MemoryPolicy = new() { Mode = "MPOL_BIND", Nodes = "x" } },
        { "linux.memoryPolicy.flags[0]", s => s.Linux!.MemoryPolicy = new() { Mode = "MPOL_BIND", Nodes = "0", Flags = ["x"] } },
        { "linux.intelRdt.closID", s => s.Linux!.IntelRdt = new() { ClosID = "mon_groups" } },
        { "linux.intelRdt.memBwSchema", s => s.Linux!.IntelRdt = new() { MemBwSchema = "L3:0=f" } },
        { "linux.intelRdt.l3CacheSchema", s => s.Linux!.IntelRdt = new() { L3CacheSchema = "L3:0=f\nL2:0=f" } },
        { "linux.intelRdt.schemata[1]", s => s.Linux!.IntelRdt = new() { Schemata = ["L3:0=f", "L3:0=f\n"] } },
        { "linux.intelRdt.closID", s => s.Linux!.IntelRdt = new() { ClosID = "a/b" } },
    };

    public static TheoryData<string, Action<RuntimeSpec>> Right => new()
    {
        { "a development version", s => s.OciVersion = "1.3.0+dev" },
        { "a candidate", s => s.OciVersion = "1.2.0-rc.1" },
        { "no linux section", s => (s.Linux, s.Hostname) = (null, null) },
        { "mappings that touch", s => WithUsers(s, new() { Size = 10 }, new() { ContainerID = 10, HostID = 10, Size = 5 }) },
        { "a user namespace by path", s => s.Linux!.Namespaces!.Add(new() { Type = "user", Path = "/proc/self/ns/user" }) },
        { "a negative offset", s => WithTime(s, null, "boottime", 5) },
        { "a deadline", s => s.Process!.Scheduler = new() { Policy = "SCHED_DEADLINE", Runtime = 1024, Deadline = 2000, Period = 0 } },
        { "sysctls", s => s.Linux!.Sysctl = new() { ["net.ipv4.ip_forward"] = "1", ["kernel.domainname"] = "x", ["fs.mqueue.msg_max"] = "1", ["net/ipv4/conf/eth0.5/rp_filter"] = "1" } },
        { "no nodes preferred", s => s.Linux!.MemoryPolicy = new() { Mode = "MPOL_PREFERRED" } },
        { "a network device under another's old name", s => s.Linux!.NetDevices = new() { ["eth0"] = new() { Name = "eth1" }, ["eth1"] = new() { Name = "eth0" } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_error_names_the_path(string path, Action<RuntimeSpec> spoil)
    {
        var spec = NewSpec();
        spoil(spec);
        var error = Assert.Throws<SpecException>(() => SpecValidation.Check(spec));
        Assert.Equal(path, error.JsonPath);
        Assert.StartsWith($"{path}: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void What_is_right_passes(string what, Action<RuntimeSpec> change)
    {
        var spec = NewSpec();
        change(spec);
        Assert.Null(Record.Exception(() => SpecValidation.Check(spec)));
        Assert.NotEmpty(what);
    }

    [Fact]
    public void What_has_no_effect_is_told_once()
    {
        var spec = NewSpec();
        spec.Process!.Capabilities = new() { Bounding = ["CAP_B", "CAP_KILL", "CAP_A"], Effective = ["CAP_A"], Ambient = ["CAP_C"] };
        spec.Linux!.Personality = new() { Domain = "LINUX", Flags = ["X"] };
        var warnings = new List<string>();
        SpecValidation.Check(spec, warnings.Add);
        Assert.Equal(["ignoring unknown or unavailable capabilities: [CAP_A CAP_B CAP_C]", "ignoring linux.personality.flags: the specification has none yet"], warnings);
    }

    [Fact]
    public void The_runtime_leaves_out_labels_of_a_security_module_that_is_not_there_and_says_so()
    {
        var spec = NewSpec();
        (spec.Process!.ApparmorProfile, spec.Process.SelinuxLabel, spec.Linux!.MountLabel) = ("profile", "a:b:c", "d:e:f");
        var warnings = new List<string>();
        SpecDefaults.LeaveOutLabels(spec, warnings.Add);
        Assert.Equal(SecurityModules.HasAppArmor ? "profile" : null, spec.Process.ApparmorProfile);
        Assert.Equal(SecurityModules.HasSELinux ? ("a:b:c", "d:e:f") : (null, null), (spec.Process.SelinuxLabel, spec.Linux.MountLabel));
        Assert.Equal((SecurityModules.HasAppArmor ? 0 : 1) + (SecurityModules.HasSELinux ? 0 : 2), warnings.Count);
    }

    [Fact]
    public void A_security_module_that_is_not_there_is_an_error()
    {
        Assert.SkipWhen(SecurityModules.HasAppArmor && SecurityModules.HasSELinux, "this host has both");
        var spec = NewSpec();
        (spec.Process!.ApparmorProfile, spec.Process.SelinuxLabel) = SecurityModules.HasAppArmor ? (null, "a:b:c") : ("profile", (string?)null);
        var error = Assert.Throws<SpecException>(() => SpecValidation.Check(spec));
        Assert.Equal(SecurityModules.HasAppArmor ? "process.selinuxLabel" : "process.apparmorProfile", error.JsonPath);
    }

    [Fact]
    public void A_process_of_its_own_document_has_paths_of_its_own()
        => Assert.Equal("cwd", Assert.Throws<SpecException>(() => ProcessValidation.Check(new ProcessSpec { Args = ["sh"], Cwd = "x" })).JsonPath);

    private static RuntimeSpec NewSpec() => new()
    {
        OciVersion = "1.0.2",
        Root = new() { Path = "rootfs" },
        Hostname = "box",
        Process = new() { Args = ["sh"], Cwd = "/" },
        Linux = new() { Namespaces = [new() { Type = "pid" }, new() { Type = "network" }, new() { Type = "ipc" }, new() { Type = "uts" }, new() { Type = "mount" }] },
    };

    private static void WithUsers(RuntimeSpec spec, params LinuxIDMapping[] mappings)
    {
        spec.Linux!.Namespaces!.Add(new() { Type = "user" });
        spec.Linux.UidMappings = [.. mappings];
        spec.Linux.GidMappings = [new() { Size = 1 }];
    }

    private static void WithTime(RuntimeSpec spec, string? path, string clock, uint nanoseconds)
    {
        spec.Linux!.Namespaces!.Add(new() { Type = "time", Path = path });
        spec.Linux.TimeOffsets = new() { [clock] = new() { Secs = -1, Nanosecs = nanoseconds } };
    }

    private static LinuxSpec NetworkOfTheHost(RuntimeSpec spec)
    {
        spec.Linux!.Namespaces!.Find(entry => entry.Type == "network")!.Path = "/proc/self/ns/net";
        return spec.Linux;
    }
}
