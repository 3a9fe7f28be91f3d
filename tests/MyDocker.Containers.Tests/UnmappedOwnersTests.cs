using System.Globalization;
using MyDocker.Containers.Tests.Harness;
using MyDocker.Kernel.Mounts;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Containers.Tests;

/// <summary>File systems that cannot map owners: the container keeps its user namespace, owners and the image, and it is said.</summary>
public sealed class UnmappedOwnersTests : ContainerTest
{
    private const string Facts = "cat /proc/self/uid_map; stat -c '%n %u:%g %a' / /etc/owned /suid /caps/cat /etc/hosts; echo more >> /etc/owned; rm /etc/passwd; stat -c '%u:%g' /etc/owned; touch /new; stat -c '%u:%g' /new";
    private const string Expected = "/ 0:0 755\n/etc/owned 5:6 644\n/suid 0:7 6755\n/caps/cat 0:0 755\n/etc/hosts 0:0 644\n5:6\n0:0\n";

    private static readonly string[] s_old = ["--uname-2.6"]; // the kernel then says that it is 2.6: older than mapped layers

    [Fact]
    public void AnImageOnAFileSystemWithoutMappingIsCopiedAndSaidSo()
    {
        using var place = new OverlayPlace(this);
        var before = FileIsolationTests.Fingerprint(place.Merged);
        var result = Engine.Run("run", "--rm", place.Merged, "/bin/sh", "-c", Facts).Is(0);
        AssertFacts(result);
        var line = Assert.Single(result.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches($@"^mydocker: warning: owners cannot be mapped on overlay \({place.Merged}\): the image is copied for this container \([1-9]\d* MB\); --userns=host avoids the copy$", line);
        Assert.Equal(before, FileIsolationTests.Fingerprint(place.Merged));
        Assert.Empty(Engine.Run("run", "--rm", "--userns=host", place.Merged, "/bin/true").Is(0).Err);
    }

    [Fact]
    public void CapabilitiesOfFilesWorkInACopyAsInTheImage()
    {
        using var place = new OverlayPlace(this);
        string[] command = ["-u", "1000", "--security-opt", "no-new-privileges=false", "IMAGE", "/caps/cat", "/proc/self/status"];
        string Effective(Result result) => result.Is(0).Lines.First(line => line.StartsWith("CapEff:", StringComparison.Ordinal))[7..].Trim();
        string[] With(string image) => ["run", "--rm", .. command.Select(word => word == "IMAGE" ? image : word)];
        Assert.Equal("0000000000002000", Effective(Engine.Run(With(place.Lower))));
        Assert.Equal("0000000000002000", Effective(Engine.Run(With(place.Merged))));
        Assert.Equal("0000000000002000", Effective(Old(With(place.Lower))));
    }

    [Fact]
    public void AKernelWithoutMappedLayersGivesTheCopyToTheContainersIds()
    {
        var image = NewImage("image");
        var before = FileIsolationTests.Fingerprint(image);
        var result = Old("run", "--name", "shifted", image, "/bin/sh", "-c", Facts).Is(0);
        var first = AssertFacts(result);
        Assert.Contains("Linux 5.19", Assert.Single(result.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(before, FileIsolationTests.Fingerprint(image));
        var own = Assert.Single(Directory.GetDirectories($"{Engine.Data}/containers"));
        var layer = $"{own}/lower-{first}";
        Assert.Equal($"{first + 5}:{first + 6} 644\n{first}:{first + 7} 6755\n", Tool.Run("stat", "-c", "%u:%g %a", $"{layer}/etc/owned", $"{layer}/suid").Is(0).Out);
        Assert.Equal($"{first}:{first}\n", Tool.Run("stat", "-c", "%u:%g", $"{own}/upper/new").Is(0).Out);
        Assert.Contains($"rootid={first}", Tool.Run("/sbin/getcap", "-n", $"{layer}/caps/cat").Is(0).Out);
        Engine.Run("rm", "shifted").Is(0);
    }

    [Fact]
    public void LayersOfTheStoreAreCopiedUnderTheirNames()
    {
        var image = NewImage("image");
        Engine.Run("import", image, "stored:1").Is(0);
        AssertFacts(Old("run", "--rm", "stored:1", "/bin/sh", "-c", Facts).Is(0));
        AssertFacts(Engine.Run("run", "--rm", "stored:1", "/bin/sh", "-c", Facts).Is(0));
    }

    [Fact]
    public void ADataRootThatIsMappedAlreadyIsUsedAsItIs()
    {
        var image = NewImage("image");
        var directory = NewDirectory("mapped");
        using var mount = new MappedMount(NewDirectory("data"), directory);
        using var engine = new Engine(data: directory);
        var plain = engine.Run("run", "--rm", image, "/bin/sh", "-c", Facts).Is(0); // the image can be mapped: no copy
        AssertFacts(plain);
        Assert.Contains($"({directory}/containers/", Assert.Single(plain.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.DoesNotContain("copied", plain.Err);
        engine.Run("import", image, "stored:1").Is(0);
        var copied = engine.Run("run", "--rm", "stored:1", "/bin/sh", "-c", Facts).Is(0);
        AssertFacts(copied);
        Assert.Contains($"({directory}/layers): the image is copied", Assert.Single(copied.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Census.AssertNothingLeft(engine);
    }

    [Fact]
    public void ABindMountThatCannotBeMappedIsUsedAsItIsAndSaidSo()
    {
        using var place = new OverlayPlace(this);
        Directory.CreateDirectory($"{place.Merged}/open");
        Tool.Run("chmod", "777", $"{place.Merged}/open").Is(0);
        var result = Engine.Shell("cat /proc/self/uid_map; stat -c %u:%g /data/etc/owned; cat /data/etc/owned; touch /data/open/mine; stat -c %u:%g /data/open/mine; touch /data/etc/owned || echo refused", "-v", $"{place.Merged}:/data").Is(0);
        var first = FirstId(result);
        Assert.Equal(["65534:65534", "a file of 5:6", "0:0", "refused"], result.Lines[1..]);
        Assert.Equal($"{first}:{first}\n", Tool.Run("stat", "-c", "%u:%g", $"{place.Merged}/open/mine").Is(0).Out);
        Assert.Contains($"mydocker: warning: owners cannot be mapped on overlay ({place.Merged}): its files show the owners that they have on the host", result.Err);
        Assert.Contains("read-only", Engine.Shell("touch /data/open/other", "-v", $"{place.Merged}:/data:ro").Is(1).Err, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("warning", Engine.Shell("ls /data", "--userns=host", "-v", $"{place.Merged}:/data").Is(0).Err);
    }

    [Fact]
    public void AnOwnerThatTheContainerDoesNotHaveIsNamedAndNothingIsLeft()
    {
        var image = NewImage("image");
        File.WriteAllText($"{image}/etc/stranger", "");
        Tool.Run("chown", "70000:0", $"{image}/etc/stranger").Is(0);
        var error = Old("run", "--rm", image, "/bin/true").Is(125).Err;
        Assert.Contains("'etc/stranger'", error);
        Assert.Contains("70000", error);
        Assert.Empty(Directory.GetFileSystemEntries($"{Engine.Data}/containers"));
    }

    [Fact]
    public void ACopyCanBeInterruptedAndLeavesNothing()
    {
        var image = NewImage("image");
        using (var large = File.Create($"{image}/large"))
        {
            large.SetLength(1L << 40); // a hole: nothing on the disk, minutes to read
        }

        using var running = Tool.Start("/usr/bin/setarch", [.. s_old, Engine.Program, .. Engine.CommandLine("run", "--rm", image, "/bin/true")]);
        Wait.Until(() => running.Err.Contains("is copied", StringComparison.Ordinal), $"the warning: {running.Err}");
        running.Signal(Signals.SIGINT);
        Assert.Equal(130, running.End(30).ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries($"{Engine.Data}/containers"));
    }

    [Fact]
    public void ACopyWhoseCommandIsKilledEndsAndLeavesNothing()
    {
        var image = NewImage("image");
        using (var large = File.Create($"{image}/large"))
        {
            large.SetLength(1L << 40);
        }

        using var running = Tool.Start("/usr/bin/setarch", [.. s_old, Engine.Program, .. Engine.CommandLine("run", "--rm", image, "/bin/true")]);
        Wait.Until(() => running.Err.Contains("is copied", StringComparison.Ordinal), $"the warning: {running.Err}");
        running.Signal(Signals.SIGKILL);
        running.End(30);
        Wait.Until(() => Directory.GetFileSystemEntries($"{Engine.Data}/containers").Length == 0, "the copy to be removed");
    }

    [Fact]
    public void TheHostsUsersCannotReachAContainersFiles()
    {
        Engine.Run("run", "--name", "kept", Image, "/bin/sh", "-c", "cp /bin/busybox /shell; chmod 4755 /shell").Is(0);
        var shell = Directory.GetDirectories($"{Engine.Data}/containers").Select(own => $"{own}/upper/shell").Single();
        Assert.True(File.Exists(shell));
        Assert.Contains("Permission denied", Tool.Run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/bin/busybox", "stat", shell).Is(1).Err);
    }

    [Fact]
    public void TheRootOfAContainerCanBeListedByItsUsersWhateverTheCallersUmask()
        => Assert.Contains("etc", Tool.Run("/bin/sh", ["-c", "umask 077; exec \"$0\" \"$@\"", Engine.Program, .. Engine.CommandLine("run", "--rm", "-u", "1000", Image, "/bin/sh", "-c", "ls / && cat /etc/hosts")]).Is(0).Out);

    private Result Old(params string[] arguments) => Tool.Run("/usr/bin/setarch", [.. s_old, Engine.Program, .. Engine.CommandLine(arguments)]);

    private string NewImage(string name)
    {
        var image = NewDirectory(name);
        TestRoots.MakeBusyBox(image);
        Tool.Shell($"cd '{image}' && cp bin/busybox suid && chown 0:7 suid && chmod 6755 suid && mkdir caps && cp bin/busybox caps/cat && /sbin/setcap cap_net_raw+ep caps/cat");
        return image;
    }

    /// <summary>Owners inside are the image's, the ids are a private range. Returns its first.</summary>
    private static long AssertFacts(Result result)
    {
        Assert.Equal(Expected, string.Join('\n', result.Lines[1..]) + "\n");
        return FirstId(result);
    }

    private static long FirstId(Result result)
    {
        var map = result.Lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(("0", "65536"), (map[0], map[2]));
        var first = long.Parse(map[1], CultureInfo.InvariantCulture);
        Assert.InRange(first, 0x7000_0000, 0x7FFF_FFFF);
        return first;
    }

    /// <summary>An image that lies on an overlay mount, which cannot be mapped.</summary>
    private sealed class OverlayPlace : IDisposable
    {
        public OverlayPlace(UnmappedOwnersTests test)
        {
            Lower = test.NewImage("overlay-lower");
            Merged = test.NewDirectory("overlay-merged");
            Tool.Run("mount", "-t", "overlay", "overlay", "-o", $"lowerdir={Lower},upperdir={test.NewDirectory("overlay-upper")},workdir={test.NewDirectory("overlay-work")}", Merged).Is(0);
        }

        public string Lower { get; }
        public string Merged { get; }

        public void Dispose() => Tool.Run("umount", Merged).Is(0);
    }

    /// <summary>A bind mount with owners mapped to themselves: the kernel maps it no second time.</summary>
    private sealed class MappedMount : IDisposable
    {
        private readonly string _target;

        public MappedMount(string source, string target)
        {
            _target = target;
            using var holder = Tool.Start("/usr/bin/unshare", ["--user", "/bin/sh", "-c", "echo in; read line"], keepInput: true);
            holder.Shows("in");
            File.WriteAllText($"/proc/{holder.Pid}/uid_map", "0 0 4294967295");
            File.WriteAllText($"/proc/{holder.Pid}/gid_map", "0 0 4294967295");
            using var users = Files.Open($"/proc/{holder.Pid}/ns/user", OpenFlags.O_RDONLY);
            using var tree = MountTree.Clone(source);
            Assert.Equal(Errno.None, MountTree.TryMapOwners(tree, users));
            Assert.Equal(Errno.None, Attach(tree, target));
        }

        public void Dispose() => Tool.Run("umount", _target).Is(0);

        private static unsafe Errno Attach(Fd tree, string target)
        {
            using var path = new Utf8Z(target, stackalloc byte[Utf8Z.Inline]);
            using var empty = new Utf8Z("", stackalloc byte[1]);
            return Syscall.ErrnoOf(Syscall.Invoke(Nr.move_mount, tree.Number, empty.Address, AtFlags.AT_FDCWD, path.Address, MountCalls.MOVE_MOUNT_F_EMPTY_PATH));
        }
    }
}
