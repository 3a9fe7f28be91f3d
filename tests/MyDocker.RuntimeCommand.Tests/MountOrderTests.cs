using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>Mounts are listed in the order of config.json, whoever makes them (docs/adr/0009), and a copy is of the host's alone.</summary>
public sealed class MountOrderTests
{
    private const string Show = "cat /proc/self/mountinfo";

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void MountsAreListedInTheirOrder(string runtime)
    {
        Assert.SkipUnless(runtime != OciRuntime.Ours || Environment.OSVersion.Version >= new Version(6, 15), "before Linux 6.15 what tmpcopyup fills cannot be mounted anew at its place in the list");
        using var bundle = new Bundle(runtime);
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "source/below"));
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/one", Source = "source", Options = ["bind", "ro"] },
            new MountSpec { Destination = "/two", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup"] },
            new MountSpec { Destination = "/three", Source = "source", Options = ["rbind", "rprivate"] },
            new MountSpec { Destination = "/four", Type = "tmpfs", Source = "tmpfs" },
            new MountSpec { Destination = "/five", Source = "source/below", Options = ["rbind", "shared"] },
        ]);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "two"));

        Assert.Equal(["/proc", "/dev", "/dev/pts", "/dev/mqueue", "/one", "/two", "/three", "/four", "/five"], Points(bundle));
    }

    [Fact]
    public void DevIsListedAtItsPlaceInAUserNamespaceToo()
    {
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(6, 15), "before Linux 6.15 a mount cannot be made anew from one that is nowhere");
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.SetUsers();
        OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);

        Assert.Equal(["/proc", "/dev", "/dev/pts", "/dev/mqueue"], Points(bundle));
        Assert.Equal("1", bundle.Run("echo x >/dev/null && busybox head -c1 /dev/zero | busybox wc -c").Is(0).Lines[0]);
    }

    /// <summary>The child has attached the container's root over "/" by then.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheHostsRootIsTheHosts(bool hasHooks)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        File.CreateSymbolicLink(Path.Combine(bundle.Directory, "jump"), "/");
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/host", Source = "/", Options = ["rbind", "ro"] },
            new MountSpec { Destination = "/link", Source = "jump", Options = ["rbind", "ro"] },
            new MountSpec { Destination = "/alone", Source = "/", Options = ["bind", "ro"] },
        ]);
        bundle.Spec.Hooks = hasHooks ? new Hooks { CreateRuntime = [new Hook { Path = "/bin/true" }] } : null;

        bundle.Run($"for d in host link alone; do test -e /$d{bundle.Directory}/config.json && test ! -e /$d/bin/applets && cat /$d/etc/hostname || exit; done").Is(0);
        var points = bundle.Run(Show).Is(0).Lines.Select(line => line.Split(' ')[4]).ToList();
        Assert.Single(points, "/host");
        Assert.Single(points, "/link");
        Assert.DoesNotContain(points, point => point.EndsWith("/rootfs/proc", StringComparison.Ordinal));
    }

    /// <summary>As with runc, "shared" reaches the host where rootfsPropagation lets it, and makes a group of its own elsewhere.</summary>
    [Theory]
    [InlineData("rshared", true)]
    [InlineData(null, false)]
    public void AVolumeIsSharedWithTheHostWhereTheRootIs(string? propagation, bool reaches)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var volume = Path.Combine(bundle.Directory, "volume");
        Directory.CreateDirectory(Path.Combine(volume, "below"));
        OciRuntime.Execute("/bin/mount", ["--bind", volume, volume]).Is(0);
        try
        {
            OciRuntime.Execute("/bin/mount", ["--make-shared", volume]).Is(0);
            bundle.Linux.RootfsPropagation = propagation;
            bundle.Process.Capabilities = Bundle.Capabilities("CAP_SYS_ADMIN");
            bundle.Spec.Mounts!.Add(new MountSpec { Destination = "/volume", Source = volume, Options = ["rbind", "rshared"] });
            var id = bundle.RunDetached("sh", "-c", "busybox mount -t tmpfs inside /volume/below && echo done && sleep 1000");
            Lifecycle.Until(() => bundle.Output().Contains("done", StringComparison.Ordinal), "the mount in the container");

            Assert.Equal(reaches, File.ReadAllText("/proc/self/mountinfo").Contains($"{volume}/below", StringComparison.Ordinal));
            bundle.Command("delete", "-f", id).Is(0);
        }
        finally
        {
            OciRuntime.Execute("/bin/umount", ["-l", volume]).Is(0);
        }
    }

    /// <summary>The parent maps it, from where the earlier mount comes from: with that one's restrictions, and within its links.</summary>
    [Fact]
    public void AMappedSourceMayLieInAnEarlierMount()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.SetUsers();
        OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "source/x"));
        File.WriteAllText(Path.Combine(bundle.Directory, "source/x/file"), "content");
        File.CreateSymbolicLink(Path.Combine(bundle.Directory, "source/out"), "/x");
        OciRuntime.Execute("/bin/chown", ["5:6", Path.Combine(bundle.Directory, "source/x/file")]).Is(0);
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/mnt", Source = "source", Options = ["bind", "ro"] },
            new MountSpec { Destination = "/mapped", Source = $"{bundle.Rootfs}/mnt/x", Options = ["bind", "idmap"] },
            new MountSpec { Destination = "/linked", Source = $"{bundle.Rootfs}/mnt/out", Options = ["bind", "idmap"] },
            new MountSpec { Destination = "/own", Type = "tmpfs", Source = "tmpfs" },
            new MountSpec { Destination = "/ownmapped", Source = $"{bundle.Rootfs}/own", Options = ["bind", "idmap"] },
        ]);

        Assert.Equal(["5:6", "5:6", "0:0"], bundle.Run("touch /own/file; stat -c %u:%g /mapped/file /linked/file /ownmapped/file").Is(0).Lines);
        bundle.Run("touch /mapped/new").FailsWith("Read-only file system");
    }

    /// <summary>
    /// What the child has mounted in the source belongs to the copy, which the parent does not see and has to map: through the
    /// container's own namespace (runc: mounts.bats, "mount order, container idmap source (userns)").
    /// </summary>
    [Fact]
    public void AMappedSourceHasTheEarlierMountsBelowIt()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.SetUsers();
        OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);
        foreach (var name in (string[])["a/x", "b/y"])
        {
            var directory = Directory.CreateDirectory(Path.Combine(bundle.Directory, "source", name)).FullName;
            File.WriteAllText(Path.Combine(directory, "file"), name);
        }

        OciRuntime.Execute("/bin/chown", ["-R", "5:6", Path.Combine(bundle.Directory, "source")]).Is(0);
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/mnt", Source = "source/a", Options = ["bind"] },
            new MountSpec { Destination = "/mnt/x", Source = "source/b", Options = ["bind"] },
            new MountSpec { Destination = "/top", Source = $"{bundle.Rootfs}/mnt", Options = ["rbind", "idmap", "ro"] },
            new MountSpec { Destination = "/all", Source = $"{bundle.Rootfs}/mnt", Options = ["rbind", "ridmap"] },
        ]);

        var lines = bundle.Run("cat /top/x/y/file /all/x/y/file; echo; stat -c %u:%g /top /top/x /all /all/x /mnt; touch /top/new || touch /top/x/new || touch /all/x/y/new").Lines;
        Assert.Equal(["b/yb/y", "5:6", "65534:65534", "5:6", "5:6", "65534:65534"], lines);
        Assert.Contains("wait for the parent to map owners of /mnt", bundle.Command("plan").Is(0).Out);
    }

    /// <summary>A mount is mapped once: whoever asks for it again hears which step it was, and nothing stays.</summary>
    [Fact]
    public void WhatIsMappedAlreadyIsNotMappedAgain()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.SetUsers();
        OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "source/x"));
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/mnt", Source = "source", Options = ["bind"] },
            new MountSpec { Destination = "/mnt/x", Source = "source", Options = ["bind", "idmap"] },
            new MountSpec { Destination = "/all", Source = $"{bundle.Rootfs}/mnt", Options = ["rbind", "ridmap"] },
        ]);

        bundle.Run("true").FailsWith("map owners of /mnt: EPERM (operation not permitted)");
        Assert.Equal("null\n", bundle.Command("list", "-f", "json").Is(0).Out);
    }

    private static List<string> Points(Bundle bundle)
        => [.. bundle.Run(Show).Is(0).Lines.Select(line => line.Split(' ')[4]).Where(point => point != "/" && !point.StartsWith("/proc/", StringComparison.Ordinal) && !point.StartsWith("/dev/console", StringComparison.Ordinal))];
}
