using System.Text;
using MyDocker.Kernel.Cgroups;
using MyDocker.Oci.Runtime;
using MyDocker.Runtime.Cgroups;
using MyDocker.Runtime.Plan;

namespace MyDocker.Runtime.Tests.Plan;

/// <summary>
/// The file system part of launch plans. The plan of "runc spec" stands in Plans/runc-spec.txt as somebody looked at it; what other
/// configurations change is tested by the lines that they change. No root needed.
/// </summary>
public sealed class MountPlanTests : IDisposable
{
    private const string V1 = """
        22 20 0:20 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        23 20 0:21 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        24 20 0:22 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
        25 20 0:23 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw

        """;

    private const string V2 = "22 20 0:20 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

    private readonly string _bundle = Directory.CreateTempSubdirectory("mydocker-plan-").FullName;

    private string Rootfs => Path.Combine(_bundle, "rootfs");

    public MountPlanTests()
    {
        foreach (var name in (string[])["rootfs/proc", "rootfs/etc", "source"])
        {
            Directory.CreateDirectory(Path.Combine(_bundle, name));
        }
    }

    public void Dispose() => Directory.Delete(_bundle, recursive: true);

    [Fact]
    public void TheDefaultSpecIsTheOneThatWasLookedAt()
    {
        var spec = DefaultSpec();
        using var plan = LaunchPlanner.Plan(Request(spec, V1));
        var text = plan.Describe().Replace(_bundle, "/bundle", StringComparison.Ordinal);
        var path = Path.Combine(SourceDirectory(), "Plans", "runc-spec.txt");
        if (Environment.GetEnvironmentVariable("MYDOCKER_RENEW_PLANS") == "1")
        {
            File.WriteAllText(path, text);
        }

        Assert.Equal(File.ReadAllText(path), text);
    }

    [Fact]
    public void AMountPointInATmpfsOfOursIsMadeByNameInOneCall()
    {
        var lines = Lines(DefaultSpec());

        var shm = lines.FindIndex(line => line == "create directory /dev/shm");
        Assert.Equal("mount (fsopen) tmpfs on /dev/shm", lines[shm + 1]);
        Assert.DoesNotContain("open mount point /dev/shm", lines);
    }

    [Fact]
    public void AReadOnlyTmpfsBecomesItWhenItsMountsAreThere()
    {
        var spec = DefaultSpec();
        spec.Mounts!.Add(new MountSpec { Destination = "/a", Type = "tmpfs", Options = ["ro"] });
        spec.Mounts.Add(new MountSpec { Destination = "/a/b", Type = "tmpfs", Options = ["mode=700"] });

        var lines = Lines(spec);

        Assert.True(lines.IndexOf("mount tmpfs on /a/b") < lines.IndexOf("make read-only /a"));
        Assert.True(lines.IndexOf("make read-only /a") < lines.FindIndex(line => line.StartsWith("pivot_root", StringComparison.Ordinal)));
    }

    [Fact]
    public void WithoutACgroupNamespaceV1ShowsTheContainersOwnCgroups()
    {
        using var plan = LaunchPlanner.Plan(Request(DefaultSpec(), V1));
        var text = plan.Describe();

        Assert.Contains("parent  open tree /sys/fs/cgroup/cpu,cpuacct/box\n", text, StringComparison.Ordinal);
        Assert.Contains("create link /sys/fs/cgroup/cpuacct", text, StringComparison.Ordinal);
        Assert.DoesNotContain("on /sys/fs/cgroup/unified", text, StringComparison.Ordinal);
        Assert.DoesNotContain("fsopen) cgroup", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(V1, "mount cgroup on /sys/fs/cgroup/cpu,cpuacct")]
    [InlineData(V2, "mount cgroup2 on /sys/fs/cgroup")]
    public void WithACgroupNamespaceMountsWaitForIt(string layout, string step)
    {
        var spec = DefaultSpec();
        spec.Linux!.Namespaces!.Add(new LinuxNamespace { Type = "cgroup" });
        spec.Mounts!.Add(new MountSpec { Destination = "/sys/fs/cgroup/own", Type = "tmpfs", Options = ["mode=700"] });
        spec.Linux.MaskedPaths!.Add("/sys/fs/cgroup/hidden");

        var lines = Lines(spec, layout);

        var own = lines.IndexOf(step);
        Assert.True(lines.IndexOf("unshare cgroup namespace") < own);
        Assert.True(own < lines.IndexOf("mount tmpfs on /sys/fs/cgroup/own"), "what goes below a cgroup mount comes after it");
        Assert.True(own < lines.IndexOf("mount /dev/null on /sys/fs/cgroup/hidden"));
        Assert.True(lines.IndexOf("open mount point /sys/fs/cgroup") < lines.FindIndex(line => line.StartsWith("pivot_root", StringComparison.Ordinal)), "the mount point is made before the root is read-only");
    }

    [Fact]
    public void InAUserNamespaceTheParentMakesDev()
    {
        var spec = DefaultSpec();
        SetUsers(spec);
        using var plan = LaunchPlanner.Plan(Request(spec, V1));
        var text = plan.Describe();

        Assert.Contains("parent  make, with its devices, /dev", text, StringComparison.Ordinal);
        Assert.Contains("child   look for /dev/zero", text, StringComparison.Ordinal);
        Assert.DoesNotContain("create device", text, StringComparison.Ordinal);
        Assert.Contains("child   make anew the mount for /dev", text, StringComparison.Ordinal); // /proc comes before it
        Assert.Contains("child   put out of sight the parent's mount for /dev", text, StringComparison.Ordinal);

        spec.Mounts!.RemoveAt(0);
        Assert.DoesNotContain("make anew the mount for /dev", Lines(spec));
    }

    [Fact]
    public void ABindIsCopiedByTheChildWhereItMay()
    {
        const string Copy = "open tree /bundle/source";
        var spec = DefaultSpec();
        spec.Mounts!.Add(new MountSpec { Destination = "/x", Source = "source", Options = ["rbind", "shared"] });
        Assert.Contains(Copy, Lines(spec));

        spec.Mounts[^1].Source = "/";
        Assert.DoesNotContain("open tree /", Lines(spec)); // the container's root lies there by then
        spec.Mounts[^1].Options = ["bind"];
        Assert.Contains("open tree /", Lines(spec));

        spec.Mounts[^1] = new MountSpec { Destination = "/x", Source = "source", Options = ["rbind", "shared"] };
        spec.Linux!.RootfsPropagation = "rshared";
        Assert.DoesNotContain(Copy, Lines(spec)); // what the child has is cut off from the host
        spec.Mounts[^1].Options = ["rbind", "slave"];
        Assert.Contains(Copy, Lines(spec));

        SetUsers(spec);
        Assert.DoesNotContain(Copy, Lines(spec));
    }

    [Fact]
    public void SysIsTheHostsWhereItsNetworkIs()
    {
        var spec = DefaultSpec();
        SetUsers(spec);
        spec.Linux!.Namespaces!.RemoveAll(entry => entry.Type == "network");

        Assert.Contains("take instead the host's /sys", Lines(spec));
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "network" });
        Assert.DoesNotContain("take instead the host's /sys", Lines(spec));
    }

    [Fact]
    public void ADestinationBehindALinkIsMadeWhereTheLinkLeads()
    {
        File.CreateSymbolicLink(Path.Combine(Rootfs, "jump"), "/tmp/foo/../bar");
        File.CreateSymbolicLink(Path.Combine(Rootfs, "etc/hosts"), "/jump/baz/hosts");
        var spec = DefaultSpec();
        spec.Mounts!.Add(new MountSpec { Destination = "/etc/hosts", Source = "source", Options = ["bind"] });

        Assert.Contains("mount /bundle/source on /tmp/bar/baz/hosts", Lines(spec));
    }

    /// <summary>The source of such a mount is looked for with the mounts before it, and the host's prefix is left out.</summary>
    [Fact]
    public void ASourceInTheContainersOwnRootIsTheChildsBusiness()
    {
        Directory.CreateDirectory(Path.Combine(_bundle, "source/x"));
        var spec = DefaultSpec();
        spec.Mounts!.Add(new MountSpec { Destination = "/mnt", Source = "source", Options = ["bind"] });
        spec.Mounts.Add(new MountSpec { Destination = $"{Rootfs}/final", Source = $"{Rootfs}/mnt/x", Options = ["bind"] });

        var lines = Lines(spec);

        Assert.True(lines.IndexOf("mount /bundle/source on /mnt") < lines.IndexOf("open tree /mnt/x"));
        Assert.Contains("mount /bundle/rootfs/mnt/x on /final", lines);
    }

    [Theory]
    [InlineData("mounts[5].destination", "", "tmpfs", "")]
    [InlineData("mounts[5].type", "/x", null, "")]
    [InlineData("mounts[5].source", "/x", null, "bind")]
    [InlineData("mounts[5].options", "/x", "tmpfs", "idmap")]
    [InlineData("mounts[5].options", "/x", "proc", "tmpcopyup")]
    [InlineData("mounts[5].options", "/dev/x", "tmpfs", "tmpcopyup")]
    [InlineData("mounts[5].destination", "/proc", "tmpfs", "")]
    [InlineData("mounts[5].destination", "/proc/self/attr", "tmpfs", "")]
    public void WhatCannotBeNamesItsField(string field, string destination, string? type, string option)
    {
        var spec = DefaultSpec();
        spec.Mounts!.Insert(5, new MountSpec { Destination = destination, Type = type, Options = option.Length == 0 ? [] : [option] });

        Assert.Equal(field, Assert.Throws<SpecException>(() => LaunchPlanner.Plan(Request(spec, V1))).JsonPath);
    }

    [Fact]
    public void ABindHasNoOptionsOfAFileSystem()
    {
        var spec = DefaultSpec();
        spec.Mounts!.Insert(0, new MountSpec { Destination = "/x", Source = "source", Options = ["bind", "size=1k"] });

        Assert.DoesNotContain(Lines(spec), line => line.Contains("size=1k", StringComparison.Ordinal)); // as mount(2) has it
    }

    [Fact]
    public void AMissingRootIsSaidBeforeAnythingIsMade()
    {
        Directory.Delete(Rootfs, recursive: true);

        Assert.Equal("root.path", Assert.Throws<SpecException>(() => LaunchPlanner.Plan(Request(DefaultSpec(), V1))).JsonPath);
    }

    [Theory]
    [InlineData("x", 1, 2, "linux.devices[0].type")]
    [InlineData("c", 5000, 2, "linux.devices[0].major")]
    [InlineData("b", 1, -1, "linux.devices[0].minor")]
    public void ADeviceThatCannotBeNamesItsField(string type, int major, int minor, string field)
    {
        var spec = DefaultSpec();
        spec.Linux!.Devices = [new() { Path = "/dev/x", Type = type, Major = major, Minor = minor }];

        Assert.Equal(field, Assert.Throws<SpecException>(() => LaunchPlanner.Plan(Request(spec, V1))).JsonPath);
    }

    private static void SetUsers(RuntimeSpec spec)
    {
        spec.Linux!.Namespaces!.Add(new LinuxNamespace { Type = "user" });
        spec.Linux.UidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 65536 }];
        spec.Linux.GidMappings = [new() { ContainerID = 0, HostID = 100_000, Size = 65536 }];
    }

    private List<string> Lines(RuntimeSpec spec, string layout = V1)
    {
        using var plan = LaunchPlanner.Plan(Request(spec, layout));
        return Enumerable.Range(0, plan.Child.Count).Select(step => plan.Child.TextOf(step).ToString().Replace(_bundle, "/bundle", StringComparison.Ordinal)).ToList();
    }

    private LaunchRequest Request(RuntimeSpec spec, string layout) => new()
    {
        Id = "box",
        Spec = spec,
        Rootfs = new RootfsSource.Existing(Rootfs),
        Directory = _bundle,
        Stdio = new ProcessStdio.Inherited(NullStreams: 1),
        Cgroup = CgroupSetup.Plan(CgroupLayout.Parse(Encoding.UTF8.GetBytes(layout), _ => Controllers.None), "/box", null, new CgroupOptions { AllHierarchies = true }),
    };

    /// <summary>What `runc spec` writes, as far as files are concerned.</summary>
    private static RuntimeSpec DefaultSpec() => new()
    {
        OciVersion = "1.0.2",
        Process = new ProcessSpec { Args = ["sh"], Cwd = "/", Env = ["PATH=/bin"] },
        Root = new RootSpec { Path = "rootfs", Readonly = true },
        Mounts =
        [
            new() { Destination = "/proc", Type = "proc", Source = "proc" },
            new() { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
            new() { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
            new() { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
            new() { Destination = "/dev/mqueue", Type = "mqueue", Source = "mqueue", Options = ["nosuid", "noexec", "nodev"] },
            new() { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] },
            new() { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noexec", "nodev", "relatime", "ro"] },
        ],
        Linux = new LinuxSpec
        {
            Namespaces = [new() { Type = "pid" }, new() { Type = "network" }, new() { Type = "ipc" }, new() { Type = "uts" }, new() { Type = "mount" }],
            MaskedPaths = ["/proc/acpi", "/proc/kcore", "/sys/firmware"],
            ReadonlyPaths = ["/proc/bus", "/proc/sys"],
        },
    };

    private static string SourceDirectory([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
