using System.Globalization;
using MyDocker.Containers.Tests.Harness;

namespace MyDocker.Containers.Tests;

/// <summary>What a container sees and who it is on the host.</summary>
public sealed class IsolationTests : ContainerTest
{
    private const uint FirstOfAllRanges = 1879048192;
    private const string DockersCapabilities = "00000000a80425fb";

    /// <summary>With users of its own, and with the host's.</summary>
    public static TheoryData<string> BothUserNamespaces => ["", "--userns=host"];

    private static string[] Options(string option) => option.Length == 0 ? [] : [option];

    private string Status(string key, params string[] options)
        => Engine.Run(["run", "--rm", .. options, Image, "/bin/cat", "/proc/self/status"]).Is(0).Lines.Single(line => line.StartsWith(key + ":", StringComparison.Ordinal))[(key.Length + 1)..].Trim();

    [Fact]
    public void EveryNamespaceIsItsOwn()
    {
        var kinds = (string[])["pid", "mnt", "uts", "ipc", "net", "cgroup", "user"];
        var inside = Engine.Shell("for n in pid mnt uts ipc net cgroup user; do readlink /proc/self/ns/$n; done").Is(0).Lines;
        var outside = kinds.Select(kind => new FileInfo($"/proc/self/ns/{kind}").LinkTarget!).ToArray();
        Assert.Equal(kinds, inside.Select(link => link.Split(':')[0]));
        Assert.Empty(inside.Intersect(outside));
    }

    [Fact]
    public void OnlyWhatWasAskedForIsShared()
    {
        string Of(string kind, string option) => Engine.Shell($"readlink /proc/self/ns/{kind}", option).Is(0).Out.Trim();
        Assert.Equal(new FileInfo("/proc/self/ns/net").LinkTarget, Of("net", "--network=host"));
        Assert.NotEqual(new FileInfo("/proc/self/ns/pid").LinkTarget, Of("pid", "--network=host"));
        Assert.Equal(new FileInfo("/proc/self/ns/user").LinkTarget, Of("user", "--userns=host"));
        Assert.NotEqual(new FileInfo("/proc/self/ns/mnt").LinkTarget, Of("mnt", "--privileged"));
    }

    [Fact]
    public void ItIsAloneInItsOwnSystem()
    {
        var result = Engine.Shell("echo $$; ls /proc | grep -c '^[0-9]'; hostname; . /etc/os-release; echo $ID; ls /sys/class/net; cat /proc/self/cgroup | grep -v ':/$' | wc -l").Is(0).Lines;
        Assert.Equal("1", result[0]);
        Assert.True(int.Parse(result[1], CultureInfo.InvariantCulture) <= 4, $"{result[1]} processes");
        Assert.Matches("^[0-9a-f]{12}$", result[2]);
        Assert.Equal("testroot", result[3]);
        Assert.Equal("lo", result[4]);
        Assert.Equal("0", result[5]);
    }

    [Fact]
    public void LoopbackIsUp() => Engine.Shell("ping -c 1 -W 5 127.0.0.1").Is(0);

    [Fact]
    public void RootInsideIsAnUnprivilegedRangeOutside()
    {
        using var container = Engine.Up("cat /proc/self/uid_map /proc/self/gid_map; exec sleep 1000");
        container.Command.Shows("65536\n");
        Wait.Until(() => container.Command.Out.Split('\n').Length >= 4, "both maps");
        foreach (var map in container.Command.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..])
        {
            var fields = map.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(uint.Parse).ToArray();
            Assert.Equal(0u, fields[0]);
            Assert.True(fields[1] >= FirstOfAllRanges);
            Assert.Equal(65536u, fields[2]);
        }

        var uids = File.ReadLines($"/proc/{container.Pid}/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1..];
        Assert.All(uids, uid => Assert.True(uint.Parse(uid, CultureInfo.InvariantCulture) >= FirstOfAllRanges));
    }

    [Fact]
    public void TwoContainersHaveDifferentRanges()
    {
        using var one = Engine.Up("cat /proc/self/uid_map; exec sleep 1000");
        using var two = Engine.Up("cat /proc/self/uid_map; exec sleep 1000");
        one.Command.Shows("65536");
        two.Command.Shows("65536");
        Assert.NotEqual(one.Command.Out, two.Command.Out);
    }

    [Fact]
    public void WithTheHostsUsersRootIsRoot()
    {
        Assert.Matches(@"^\s*0\s+0\s+4294967295", Engine.Shell("cat /proc/self/uid_map", "--userns=host").Is(0).Out);
        Assert.Equal(DockersCapabilities, Status("CapEff", "--userns=host"));
    }

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void CapabilitiesSeccompAndPrivilegesAreDockers(string userns)
    {
        var lines = Engine.Run(["run", "--rm", .. Options(userns), Image, "/bin/cat", "/proc/self/status"]).Is(0).Lines.Select(line => line.Replace("\t", "", StringComparison.Ordinal)).ToArray();
        Assert.Contains($"CapEff:{DockersCapabilities}", lines);
        Assert.Contains($"CapPrm:{DockersCapabilities}", lines);
        Assert.Contains($"CapBnd:{DockersCapabilities}", lines);
        Assert.Contains("CapInh:0000000000000000", lines); // CVE-2022-24769
        Assert.Contains("CapAmb:0000000000000000", lines);
        Assert.Contains("NoNewPrivs:1", lines);
        Assert.Contains("Seccomp:2", lines);
        Assert.Contains("SigBlk:0000000000000000", lines);
        Assert.Contains("SigIgn:0000000000000000", lines);
    }

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void AnotherUserHasNoCapabilitiesAndOnlyItsGroups(string userns)
    {
        var lines = Engine.Run(["run", "--rm", "-u", "user", .. Options(userns), Image, "/bin/cat", "/proc/self/status"]).Is(0).Lines;
        Assert.Contains("CapEff:\t0000000000000000", lines);
        Assert.Contains("CapPrm:\t0000000000000000", lines);
        Assert.Contains("CapInh:\t0000000000000000", lines);
        Assert.Equal("Groups:\t1000 1001", lines.Single(line => line.StartsWith("Groups:", StringComparison.Ordinal)).Trim());
    }

    [Fact]
    public void CapabilitiesAreAddedAndDropped()
    {
        Assert.Equal("0000000000000000", Status("CapEff", "--cap-drop=ALL"));
        Assert.Equal("0000000000000400", Status("CapBnd", "--cap-drop=ALL", "--cap-add=NET_BIND_SERVICE"));
        Assert.Equal("00000000a80435fb", Status("CapEff", "--cap-add=net_admin"));
        Assert.Contains("NO_SUCH", Engine.Run("run", "--rm", "--cap-add", "NO_SUCH", Image, "/bin/true").Is(125).Err);
    }

    [Theory]
    [MemberData(nameof(BothUserNamespaces))]
    public void DangerousSystemCallsAreBlocked(string userns)
    {
        var lines = Engine.Run(["run", "--rm", .. Options(userns), Image, "/probe", "calls"]).Is(0).Lines;
        Assert.Contains("getpid=ok", lines);
        Assert.Contains("clone3=ENOSYS", lines); // so that the C library falls back to clone, whose flags can be filtered
        Assert.DoesNotContain(lines, line => line.EndsWith("=ok", StringComparison.Ordinal) && line != "getpid=ok");
        foreach (var name in (string[])["mount", "unshare-user", "unshare-mount", "keyctl", "add_key", "bpf", "perf_event_open", "clone-user", "open_by_handle_at"])
        {
            Assert.Contains($"{name}=EPERM", lines);
        }
    }

    [Fact]
    public void WithoutSeccompTheKernelDecides()
    {
        Assert.Equal("0", Status("Seccomp", "--security-opt", "seccomp=unconfined"));
        Assert.Contains("unshare-user=ok", Engine.Run("run", "--rm", "--security-opt", "seccomp=unconfined", Image, "/probe", "calls").Is(0).Lines);
    }

    [Fact]
    public void PrivilegedMayNearlyEverything()
    {
        Assert.Equal("0", Status("Seccomp", "--privileged"));
        Assert.Equal("0", Status("NoNewPrivs", "--privileged"));
        Engine.Shell("mkdir /m && mount -t tmpfs none /m && echo x > /m/x && umount /m", "--privileged").Is(0);
    }

    [Fact]
    public void NoDescriptorComesAlong()
    {
        // Also those that the caller of mydocker left open (CVE-2024-21626).
        var words = string.Join("' '", [Engine.Program, .. Engine.CommandLine("run", "--rm", Image, "/probe", "fds")]);
        Assert.Equal(["0", "1", "2"], Tool.Run("/bin/sh", "-c", $"exec 5</ 7</etc 9>/dev/null; exec '{words}'").Is(0).Lines);
    }

    [Fact]
    public void SignalsThatTheCallerIgnoresWorkInside()
    {
        var words = string.Join("' '", [Engine.Program, .. Engine.CommandLine("run", "--rm", Image, "/bin/cat", "/proc/self/status")]);
        var lines = Tool.Run("/bin/sh", "-c", $"trap '' HUP INT QUIT PIPE USR1 TERM CHLD; '{words}'").Is(0).Lines;
        Assert.Contains("SigIgn:\t0000000000000000", lines);
        Assert.Contains("SigBlk:\t0000000000000000", lines);
    }

    [Fact]
    public void TheUmaskIsTheUsualOne() => Assert.Equal("0022\n", Engine.Shell("umask").Is(0).Out);

    [Fact]
    public void WhatItSeesOfItsFirstProcessDoesNotNameTheHostsPaths()
        => Assert.DoesNotContain(Engine.Directory, Engine.Shell("tr '\\0' '\\n' < /proc/1/environ; tr '\\0' ' ' < /proc/1/cmdline; for n in exe cwd root; do readlink /proc/1/$n; done").Is(0).Out);
}
