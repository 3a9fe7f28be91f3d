using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>/dev, linux.devices, linux.maskedPaths and linux.readonlyPaths.</summary>
public sealed class DeviceTests
{
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void TheDefaultDevicesAndLinksAreThere(string runtime)
    {
        using var bundle = new Bundle(runtime);
        foreach (var own in (bool[])[false, true])
        {
            if (own)
            {
                SetUsers(bundle);
            }

            var lines = bundle.Run("cd /dev; stat -c '%n %t:%T %a' null zero full random urandom tty; for i in fd stdin stdout stderr ptmx; do readlink $i; done; echo >null; busybox head -c 1 zero").Is(0).Lines;
            Assert.Equal(["null 1:3 666", "zero 1:5 666", "full 1:7 666", "random 1:8 666", "urandom 1:9 666", "tty 5:0 666"], lines[..6]);
            Assert.Equal(["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"], lines[6..11]);
        }
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void DevicesAreMadeAsAskedFor(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Linux.Devices =
        [
            new() { Path = "/dev/foo", Type = "b", Major = 1, Minor = 5, FileMode = 0x6F /* 0157 */, Uid = 10, Gid = 11 },
            new() { Path = "/dev/sub/dir/bar", Type = "c", Major = 250, Minor = 300 },
            new() { Path = "/elsewhere", Type = "u", Major = 1, Minor = 3 },
            new() { Path = "/dev/pipe", Type = "p", FileMode = 0x1B0 /* 0660 */, Uid = 1, Gid = 2 },
            new() { Path = "/dev/zero", Type = "c", Major = 1, Minor = 5, FileMode = 0x180 /* 0600 */ },
            new() { Path = "/dev/ptmx", Type = "c", Major = 5, Minor = 2 },
        ];

        Assert.Equal(
            [
                "/dev/foo block special file 1:5 157 10:11", "/dev/sub/dir/bar character special file fa:12c 666 0:0", "/elsewhere character special file 1:3 666 0:0",
                "/dev/pipe fifo 0:0 660 1:2", "/dev/zero character special file 1:5 600 0:0", "/dev/ptmx symbolic link 0:0 777 0:0",
            ],
            bundle.Run("stat -c '%n %F %t:%T %a %u:%g' /dev/foo /dev/sub/dir/bar /elsewhere /dev/pipe /dev/zero /dev/ptmx").Is(0).Lines);
    }

    /// <summary>As with crun: without mappings the caller is root, and nobody else is anybody.</summary>
    [Fact]
    public void AUserNamespaceWithoutMappings()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.SetNamespace("user");

        Assert.Equal(["0 0 1", "/dev/null 1:3 0:0"], bundle.Run("set -- $(cat /proc/self/uid_map); echo $*; stat -c '%n %t:%T %u:%g' /dev/null").Is(0).Lines);
    }

    /// <summary>The host need not have them: the runtime makes them for the container's ids.</summary>
    [Fact]
    public void DevicesOfAUserNamespaceAreTheContainersOwn()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        SetUsers(bundle);
        bundle.Linux.Devices =
        [
            new() { Path = "/dev/foo", Type = "b", Major = 1, Minor = 5, FileMode = 0x6F, Uid = 10, Gid = 11 },
            new() { Path = "/dev/sub/bar", Type = "c", Major = 1, Minor = 3 },
            new() { Path = "/dev/pipe", Type = "p", FileMode = 0x1B0 },
        ];

        Assert.Equal(
            ["/dev/foo block special file 1:5 157 10:11", "/dev/sub/bar character special file 1:3 666 0:0", "/dev/pipe fifo 0:0 660 0:0", "/dev directory 0:0 755 0:0"],
            bundle.Run("stat -c '%n %F %t:%T %a %u:%g' /dev/foo /dev/sub/bar /dev/pipe /dev; echo >/dev/sub/bar").Is(0).Lines);
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void WhatTheImageHasAtADevicesPathStays(string runtime)
    {
        using var bundle = new Bundle(runtime);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "elsewhere"), "content");
        bundle.Linux.Devices = [new() { Path = "/elsewhere", Type = "c", Major = 1, Minor = 3 }];

        Assert.Equal("content", bundle.Run("cat /elsewhere").Is(0).Out);
    }

    /// <summary>CVE-2026-41579, CVE-2026-47766: no device and no link appears where a link of the image leads, and no mode is changed.</summary>
    [Fact]
    public void ADevThatIsALinkLeadsNowhereOutside()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var outside = Path.Combine(bundle.Directory, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "ptmx"), "marker");
        File.SetUnixFileMode(Path.Combine(outside, "ptmx"), (UnixFileMode)0x180);
        Directory.Delete(Path.Combine(bundle.Rootfs, "dev"));
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "dev"), outside);
        bundle.Spec.Mounts!.RemoveAll(mount => mount.Destination.StartsWith("/dev", StringComparison.Ordinal));

        Assert.NotEqual(0, bundle.Run("true").ExitCode);
        Assert.Equal([Path.Combine(outside, "ptmx")], Directory.GetFileSystemEntries(outside));
        Assert.Equal("marker", File.ReadAllText(Path.Combine(outside, "ptmx")));
    }

    /// <summary>A device whose name in the image is a link to a file of the host: the file keeps its mode.</summary>
    [Fact]
    public void ALinkAtADevicesNameIsNotFollowed()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var victim = Path.Combine(bundle.Directory, "victim");
        File.WriteAllText(victim, "secret");
        File.SetUnixFileMode(victim, (UnixFileMode)0x180);
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "dev/null"), victim);
        bundle.Spec.Mounts!.RemoveAll(mount => mount.Destination.StartsWith("/dev", StringComparison.Ordinal));

        bundle.Run("true");

        Assert.Equal((UnixFileMode)0x180, File.GetUnixFileMode(victim));
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void ADevOfTheHostIsTakenAsItIs(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Mounts!.RemoveAll(mount => mount.Destination.StartsWith("/dev", StringComparison.Ordinal));
        bundle.Spec.Mounts.Add(new MountSpec { Destination = "/dev", Source = "/dev", Options = ["rbind", "rslave"] });
        var before = Directory.GetFileSystemEntries("/dev").Order().ToList();

        bundle.Run("test -c /dev/null").Is(0);

        Assert.Equal(before, Directory.GetFileSystemEntries("/dev").Order());
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void MaskedAndReadOnlyPaths(string runtime)
    {
        using var bundle = new Bundle(runtime);
        foreach (var name in (string[])["hidden", "hidden2", "fixed"])
        {
            Directory.CreateDirectory(Path.Combine(bundle.Rootfs, name));
            File.WriteAllText(Path.Combine(bundle.Rootfs, name, "file"), "content");
        }

        bundle.Linux.MaskedPaths = ["/hidden", "/hidden2", "/fixed/file", "/not/there"];
        bundle.Linux.ReadonlyPaths = ["/fixed", "/not/there"];

        Assert.Equal("2\n", bundle.Run("ls /hidden /hidden2 | grep file; cat /fixed/file; grep -c ' /hidden' /proc/self/mountinfo").Is(0).Out);
        bundle.Run("touch /hidden/x").FailsWith("Read-only file system");
        bundle.Run("touch /fixed/x").FailsWith("Read-only file system");
    }

    [Fact]
    public void APathIsMaskedOnce()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "hidden"));
        bundle.Linux.MaskedPaths = ["/hidden", "/hidden/", "//hidden", "/x/../hidden"];

        Assert.Equal("1\n", bundle.Run("grep -c ' /hidden' /proc/self/mountinfo").Is(0).Out);
    }

    /// <summary>CVE-2025-31133: the mask is the host's /dev/null, not what the image calls so.</summary>
    [Fact]
    public void AMaskIsTheRealNull()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Spec.Mounts!.RemoveAll(mount => mount.Destination.StartsWith("/dev", StringComparison.Ordinal));
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "dev/null"), "/proc/sys/kernel/core_pattern");
        bundle.Linux.MaskedPaths = ["/proc/uptime"];

        Assert.Equal("1:3\n", bundle.Run("cat /proc/uptime; stat -c %t:%T /proc/uptime").Is(0).Out);
    }

    private static void SetUsers(Bundle bundle)
    {
        bundle.SetUsers();
        OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);
    }
}
