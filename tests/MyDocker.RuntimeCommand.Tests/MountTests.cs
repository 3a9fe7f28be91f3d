using MyDocker.Oci.Runtime;
using MyDocker.RuntimeCommand.Tests.Harness;

namespace MyDocker.RuntimeCommand.Tests;

/// <summary>mounts, root and linux.rootfsPropagation, as a container sees them.</summary>
public sealed class MountTests
{
    private const string Show = "cat /proc/self/mountinfo";

    /// <summary>Nothing of the host's tree is left in the container's mount namespace, whatever lay over what before pivot_root.</summary>
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void TheHostsMountsAreGone(string runtime)
    {
        using var bundle = new Bundle(runtime);
        foreach (var masked in (List<string>?[])[null, ["/proc/acpi", "/sys/firmware"]])
        {
            bundle.Linux.MaskedPaths = masked;
            var points = bundle.Run(Show).Is(0).Lines.Select(line => line.Split(' ')[4]).Where(point => !point.StartsWith("/proc/", StringComparison.Ordinal)).ToHashSet();

            Assert.Equal(["/", "/dev", "/dev/mqueue", "/dev/pts", "/proc"], points.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void NothingIsLeftOnTheHost(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Mounts!.Add(new MountSpec { Destination = "/data", Source = "/usr", Options = ["rbind", "ro"] });
        var before = HostMounts();
        bundle.Run("true").Is(0);
        Assert.Equal(before, HostMounts());
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void ATmpfsHasTheModeOfTheDirectoryThatItCovers(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "here"), (UnixFileMode)0x1C8 /* 0710 */);
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/here", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid"] },
            new MountSpec { Destination = "/given", Type = "tmpfs", Source = "tmpfs", Options = ["mode=1500,size=64k"] },
        ]);

        Assert.Equal(["710", "1500"], bundle.Run("stat -c %a /here /given").Is(0).Lines);
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void AReadOnlyTmpfsTakesItsOwnMountsFirst(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/a", Type = "tmpfs", Source = "tmpfs", Options = ["ro"] },
            new MountSpec { Destination = "/a/b", Type = "tmpfs", Source = "tmpfs" },
        ]);

        bundle.Run("touch /a/b/x").Is(0);
        bundle.Run("touch /a/x").FailsWith("Read-only file system");
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void FilesAndDirectoriesAreBoundByPathsOfTheBundle(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "source"));
        File.WriteAllText(Path.Combine(bundle.Directory, "source/file"), "content");
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/a/b/file", Type = "none", Source = "source/file", Options = ["bind", "ro"] },
            new MountSpec { Destination = "/x//y/../z", Source = "source", Options = ["bind"] },
            new MountSpec { Destination = "relative", Source = "source", Options = ["bind"] },
        ]);

        Assert.Equal("contentcontentcontent", bundle.Run("cat /a/b/file /x/z/file /relative/file").Is(0).Out);
        bundle.Run("touch /x/z/new").Is(0);
        bundle.Run("echo >/a/b/file").FailsWith("Read-only file system");
        Assert.True(File.Exists(Path.Combine(bundle.Directory, "source/new")));
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void RecursiveWordsReachTheMountsBelow(string runtime)
    {
        using var bundle = new Bundle(runtime);
        using var volume = new HostMount(Path.Combine(bundle.Directory, "volume"));
        using var below = new HostMount(Path.Combine(bundle.Directory, "volume/below"));
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/ro", Source = volume.Path, Options = ["rbind", "ro"] },
            new MountSpec { Destination = "/rro", Source = volume.Path, Options = ["rbind", "rro"] },
            new MountSpec { Destination = "/one", Source = volume.Path, Options = ["bind"] },
        ]);

        bundle.Run("touch /ro/below/x && touch /one/x && test ! -e /one/below/x").Is(0);
        bundle.Run("touch /ro/x").FailsWith("Read-only file system");
        bundle.Run("touch /rro/below/x").FailsWith("Read-only file system");
    }

    /// <summary>What a bind mount does to the attributes of its source, as runc since 1.2: see MountOptionsTests for all words.</summary>
    [Fact]
    public void WordsOfABindAreTheWholeTruth()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        using var volume = new HostMount(Path.Combine(bundle.Directory, "volume"), "noexec,nosuid,noatime");
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/kept", Source = volume.Path, Options = ["bind"] },
            new MountSpec { Destination = "/ro", Source = volume.Path, Options = ["bind", "ro"] },
            new MountSpec { Destination = "/relatime", Source = volume.Path, Options = ["bind", "relatime", "nosuid"] },
        ]);

        Assert.Equal("rw,nosuid,noexec,noatime", OptionsOf(bundle, "/kept"));
        Assert.Equal("ro,noatime", OptionsOf(bundle, "/ro"));
        Assert.Equal("rw,nosuid,relatime", OptionsOf(bundle, "/relatime"));

        SetUsers(bundle);
        bundle.Spec.Mounts.RemoveAll(mount => mount.Destination == "/relatime");
        Assert.Equal("ro,nosuid,noexec,noatime", OptionsOf(bundle, "/ro"));
        bundle.Spec.Mounts.Add(new MountSpec { Destination = "/exec", Source = volume.Path, Options = ["bind", "exec"] });
        bundle.Run("true").FailsWith("EPERM");
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void TmpCopyUpBringsWhatWasThere(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "data/sub"), (UnixFileMode)0x1E8 /* 0750 */);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "data/sub/file"), "content");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "data/link"), "sub/file");
        bundle.Spec.Mounts!.Add(new MountSpec { Destination = "/data", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup"] });

        Assert.Equal("750\ncontent", bundle.Run("stat -c %a /data/sub; cat /data/link; touch /data/new").Is(0).Out);
        Assert.False(File.Exists(Path.Combine(bundle.Rootfs, "data/new")));
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void ADestinationBehindDanglingLinksIsMadeInsideTheRoot(string runtime)
    {
        using var bundle = new Bundle(runtime);
        File.WriteAllText(Path.Combine(bundle.Directory, "file"), "content");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "jump"), "/tmp/foo/bar");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "etc/hosts"), "/jump/baz/hosts");
        bundle.Spec.Mounts!.Add(new MountSpec { Destination = "/etc/hosts", Source = "file", Options = ["bind"] });

        Assert.Equal("contentcontent", bundle.Run("cat /etc/hosts /tmp/foo/bar/baz/hosts").Is(0).Out);
        Assert.False(Directory.Exists("/tmp/foo/bar"));
    }

    /// <summary>CVE-2019-19921, CVE-2023-27561: what is written to /proc and /sys must not go where an image wants it.</summary>
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void ProcMustNotBeALink(string runtime)
    {
        using var bundle = new Bundle(runtime);
        Directory.Move(Path.Combine(bundle.Rootfs, "proc"), Path.Combine(bundle.Rootfs, "other"));
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "proc"), "/other");

        bundle.Run("true").FailsWith("must be mounted on ordinary directory");
    }

    [Fact]
    public void LinksThemselvesAreMountedAndCopied()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        File.CreateSymbolicLink(Path.Combine(bundle.Directory, "link"), "target-of-source");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "place"), "nowhere");
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/place", Source = "link", Options = ["bind", "src-nofollow", "dest-nofollow"] },
            new MountSpec { Destination = "/deep/er/copy", Source = "link", Options = ["bind", "copy-symlink"] },
        ]);

        Assert.Equal(["target-of-source", "target-of-source"], bundle.Run("readlink /place; readlink /deep/er/copy").Is(0).Lines);
        bundle.Run("true").Is(0); // the copy is there already
    }

    [Fact]
    public void OwnersAreMappedAsTheMountOrTheContainerSays()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        var source = Path.Combine(bundle.Directory, "source");
        Directory.CreateDirectory(source);
        File.WriteAllText(Path.Combine(source, "file"), "");
        OciRuntime.Execute("/bin/chown", ["5:6", Path.Combine(source, "file")]).Is(0);
        LinuxIDMapping[] own = [new() { ContainerID = 0, HostID = 1_000_100, Size = 10 }];
        LinuxIDMapping[] ownGroups = [new() { ContainerID = 0, HostID = 3_000_200, Size = 10 }];
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/own", Source = source, Options = ["bind", "ro", "ridmap"], UidMappings = [.. own], GidMappings = [.. ownGroups] },
            new MountSpec { Destination = "/crun", Source = source, Options = ["bind", "idmap=uids=5-1000007-1;gids=6-3000008-1"] },
        ]);

        Assert.Equal(["1000105:3000206", "1000007:3000008"], bundle.Run("stat -c %u:%g /own/file /crun/file").Is(0).Lines);

        SetUsers(bundle);
        bundle.Spec.Mounts.Add(new MountSpec { Destination = "/container", Source = source, Options = ["bind", "idmap"] });
        Assert.Equal(["105:206", "7:8", "5:6"], bundle.Run("stat -c %u:%g /own/file /crun/file /container/file").Is(0).Lines);
    }

    [Fact]
    public void ASourceBelowTheRootIsSeenWithTheMountsBeforeIt()
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        Directory.CreateDirectory(Path.Combine(bundle.Directory, "source/x"));
        File.WriteAllText(Path.Combine(bundle.Directory, "source/x/file"), "content");
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/mnt", Source = "source", Options = ["bind"] },
            new MountSpec { Destination = $"{bundle.Rootfs}/final", Source = $"{bundle.Rootfs}/mnt/x", Options = ["rbind"] },
        ]);

        Assert.Equal("content", bundle.Run("cat /final/file").Is(0).Out);
    }

    [Theory]
    [InlineData("shared", "shared:", false)]
    [InlineData("rshared", "shared:", true)]
    [InlineData("unbindable", "unbindable", false)]
    [InlineData("private", "", false)]
    [InlineData("slave", "", false)]
    public void TheRootHasThePropagationAskedFor(string propagation, string mark, bool isRecursive)
    {
        using var bundle = new Bundle(OciRuntime.Ours);
        bundle.Linux.RootfsPropagation = propagation;

        var lines = bundle.Run(Show).Is(0).Lines;

        Assert.Equal(mark.Length > 0, lines.Any(line => line.Split(' ')[4] == "/" && line.Contains($" {(mark.Length > 0 ? mark : "shared")}", StringComparison.Ordinal)));
        Assert.Equal(isRecursive, lines.Any(line => line.Split(' ')[4] == "/proc" && line.Contains(" shared:", StringComparison.Ordinal)));
    }

    /// <summary>Inside it is the root all the same, and no other procfs can be found below.</summary>
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void WithoutPivotTheRootIsTheContainersToo(string runtime)
    {
        using var bundle = new Bundle(runtime);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "mark"), "content");

        Assert.Equal("content", bundle.Run("cat /mark; test ! -e /home/../root/../usr/bin/env", "--no-pivot").Is(0).Out);
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void AReadOnlyRootHasItsWorkingDirectory(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Root!.Readonly = true;
        bundle.Process.Cwd = "/not/there/yet";

        Assert.Equal("/not/there/yet", bundle.Run("pwd").Is(0).Lines[0]);
        bundle.Run("touch /x").FailsWith("Read-only file system");
    }

    /// <summary>An overlay whose paths are longer than one value of fsconfig(2) may be.</summary>
    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void AnOverlayWithLongPaths(string runtime)
    {
        using var bundle = new Bundle(runtime);
        var deep = Path.Combine(bundle.Directory, new string('a', 120), new string('b', 120));
        foreach (var name in (string[])["one", "two", "upper", "work"])
        {
            Directory.CreateDirectory(Path.Combine(deep, name));
        }

        File.WriteAllText(Path.Combine(deep, "two/file"), "content");
        bundle.Spec.Mounts!.Add(new MountSpec
        {
            Destination = "/union",
            Type = "overlay",
            Source = "overlay",
            Options = [$"lowerdir={deep}/one:{deep}/two", $"upperdir={deep}/upper", $"workdir={deep}/work"],
        });

        Assert.Equal("content", bundle.Run("cat /union/file; touch /union/new").Is(0).Out);
        Assert.True(File.Exists(Path.Combine(deep, "upper/new")));
    }

    [Theory]
    [MemberData(nameof(OciRuntime.All), MemberType = typeof(OciRuntime))]
    public void CgroupsAreTheContainersOwn(string runtime)
    {
        using var bundle = new Bundle(runtime);
        bundle.Spec.Mounts!.AddRange(
        [
            new MountSpec { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] },
            new MountSpec { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["nosuid", "noexec", "nodev", "relatime", "ro"] },
        ]);
        var lines = bundle.Run(Show).Is(0).Lines.Where(line => line.Split(' ')[4].StartsWith("/sys/fs/cgroup", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(lines);
        Assert.SkipUnless(lines.Count > 1, "this host has cgroup v2, where the mount shows the host's hierarchy without a cgroup namespace");
        Assert.All(lines.Skip(1).Concat(lines.Take(1)).Where(line => line.Contains(" - cgroup ", StringComparison.Ordinal)), line =>
        {
            Assert.NotEqual("/", line.Split(' ')[3]);
            Assert.StartsWith("ro,", line.Split(' ')[5], StringComparison.Ordinal);
        });

        bundle.SetNamespace("cgroup");
        lines = bundle.Run(Show).Is(0).Lines.Where(line => line.Contains(" - cgroup ", StringComparison.Ordinal)).ToList();
        Assert.All(lines, line => Assert.Equal("/", line.Split(' ')[3]));
        Assert.Contains(lines, line => line.Split(' ')[4].Contains("memory", StringComparison.Ordinal));
    }

    private static void SetUsers(Bundle bundle)
    {
        bundle.SetUsers();
        OciRuntime.Execute("/bin/chown", ["-R", "1000000:3000000", bundle.Rootfs]).Is(0);
    }

    private static string OptionsOf(Bundle bundle, string point)
        => bundle.Run(Show).Is(0).Lines.Last(line => line.Split(' ')[4] == point).Split(' ')[5];

    private static string HostMounts() => string.Join('\n', File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains("mydocker-bundle-", StringComparison.Ordinal)));

    /// <summary>A tmpfs on the host.</summary>
    private sealed class HostMount : IDisposable
    {
        public HostMount(string path, string options = "rw")
        {
            Path = path;
            Directory.CreateDirectory(path);
            OciRuntime.Execute("/bin/mount", ["-t", "tmpfs", "tmpfs", path]).Is(0);
            OciRuntime.Execute("/bin/mount", ["-o", $"remount,bind,{options}", path]).Is(0);
        }

        public string Path { get; }

        public void Dispose() => OciRuntime.Execute("/bin/umount", ["-l", Path]).Is(0);
    }
}
